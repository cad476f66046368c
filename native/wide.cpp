// products.cpp for processors with AVX-512. Nothing of this file runs on others, so it alone is compiled for them.
#include "products.cpp"
