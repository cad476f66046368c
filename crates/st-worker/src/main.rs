//! x
mod embedding;
mod onnx;
mod segmentation;

fn main() {}
