/* A stand-in for NVIDIA's management library: it plays the cards that a text file describes, which it reads anew at every
   call. STATE is the path of that file. With OLD it lacks the functions that came with the drivers of 2022.

   Lines of the file:
     init CODE
     driver VERSION
     card CODE|NAME|BUS|TOTAL|USED|UTILISATION|TEMPERATURE|MILLIWATTS|MAJOR|MINOR
     process CARD PID BYTES
   A card whose CODE is not 0 answers everything with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, NOT_SUPPORTED = 3, INSUFFICIENT_SIZE = 7, INVALID = 2, DRIVER_NOT_LOADED = 9 };

typedef struct { int code; char name[64], bus[32]; unsigned long long total, used; unsigned util, temp, power; int major, minor; } Card;
typedef struct { int card; unsigned pid; unsigned long long bytes; } Process;
typedef struct { int init; char driver[64]; int cards, processes; Card card[8]; Process process[16]; } State;

static State load(void) {
    State s;
    memset(&s, 0, sizeof s);
    s.init = DRIVER_NOT_LOADED;
    FILE *f = fopen(STATE, "r");
    char line[512];
    while (f && fgets(line, sizeof line, f)) {
        Card *c = &s.card[s.cards];
        Process *p = &s.process[s.processes];
        if (sscanf(line, "init %d", &s.init) == 1) continue;
        if (sscanf(line, "driver %63s", s.driver) == 1) continue;
        if (sscanf(line, "card %d|%63[^|]|%31[^|]|%llu|%llu|%u|%u|%u|%d|%d", &c->code, c->name, c->bus, &c->total,
                   &c->used, &c->util, &c->temp, &c->power, &c->major, &c->minor) == 10) s.cards++;
        else if (sscanf(line, "process %d %u %llu", &p->card, &p->pid, &p->bytes) == 3) s.processes++;
    }
    if (f) fclose(f);
    return s;
}

/* Handles are the number of the card plus one. */
static int find(void *handle, State *s, Card **card) {
    *s = load();
    long index = (long)handle - 1;
    if (index < 0 || index >= s->cards) return INVALID;
    *card = &s->card[index];
    return (*card)->code;
}

#define CARD State s; Card *c; int code = find(handle, &s, &c); if (code) return code;

int nvmlInit_v2(void) { return load().init; }
int nvmlShutdown(void) { return OK; }
int nvmlSystemGetDriverVersion(char *to, unsigned n) { snprintf(to, n, "%s", load().driver); return OK; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = (unsigned)load().cards; return OK; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **handle) {
    if ((int)i >= load().cards) return INVALID;
    *handle = (void *)(long)(i + 1);
    return OK;
}
int nvmlDeviceGetName(void *handle, char *to, unsigned n) { CARD snprintf(to, n, "%s", c->name); return OK; }

typedef struct { char legacy[16]; unsigned domain, bus, device, id, subsystem; char text[32]; } Pci;
int nvmlDeviceGetPciInfo_v3(void *handle, Pci *to) { CARD memset(to, 0, sizeof *to); strcpy(to->text, c->bus); return OK; }
int nvmlDeviceGetCudaComputeCapability(void *handle, int *major, int *minor) {
    CARD *major = c->major; *minor = c->minor;
    return OK;
}

typedef struct { unsigned gpu, memory; } Rates;
int nvmlDeviceGetUtilizationRates(void *handle, Rates *to) { CARD to->gpu = c->util; to->memory = 0; return OK; }
int nvmlDeviceGetTemperature(void *handle, int sensor, unsigned *to) {
    CARD *to = c->temp;
    return sensor == 0 ? OK : INVALID;
}
int nvmlDeviceGetPowerUsage(void *handle, unsigned *to) { CARD *to = c->power; return c->power ? OK : NOT_SUPPORTED; }

#ifndef OLD
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } Memory;
int nvmlDeviceGetMemoryInfo_v2(void *handle, Memory *to) {
    CARD
    if (to->version != (sizeof(Memory) | 2 << 24)) return 25;
    to->total = c->total; to->used = c->used; to->reserved = 0; to->free = c->total - c->used;
    return OK;
}
typedef struct { unsigned pid; unsigned long long bytes; unsigned gpu, compute; } Info;
int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, unsigned *count, Info *to) {
    CARD
    unsigned found = 0, room = *count;
    for (int i = 0; i < s.processes; i++) {
        if (&s.card[s.process[i].card] != c) continue;
        if (to && found < room) to[found] = (Info){s.process[i].pid, s.process[i].bytes, 0, 0};
        found++;
    }
    *count = found;
    return found > room ? INSUFFICIENT_SIZE : OK;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *handle, unsigned *count, Info *to) {
    CARD (void)to; *count = 0;
    return OK;
}
#endif
