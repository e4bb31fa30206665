/* A stand-in for NVIDIA's management library, with counters of known power.

   Values come from the environment, lists by comma, one value for each GPU in index order (the
   last one goes for the rest):

   FAKE_NVML_GPUS          number of GPUs (1)
   FAKE_NVML_WATTS         power (300)
   FAKE_NVML_SENSOR_WATTS  what the power sensor says (FAKE_NVML_WATTS)
   FAKE_NVML_SWING         the sensor swings by this share of its value, as a sine of one second (0)
   FAKE_NVML_TICK_MS       how often the counter moves (100); 0: always
   FAKE_NVML_LOOK_MS       how long a look at the counter takes (0)
   FAKE_NVML_BUSES         PCI buses, hexadecimal (41, 42, ...)
   FAKE_NVML_NAMES         names ("Fake GPU")
   FAKE_NVML_NO_COUNTER    1: Not Supported
   FAKE_NVML_NO_SENSOR     1: Not Supported
   FAKE_NVML_LOST_AFTER    GPU is lost after so many reads of counter or sensor (never)
   FAKE_NVML_BACK_AFTER    after so many seconds, the counter stands FAKE_NVML_BACK_BY joules lower
   FAKE_NVML_FROZEN_AFTER  after so many seconds, the counter stands still
   FAKE_NVML_PIDS          processes that compute on every GPU (none)
   FAKE_NVML_NO_PIDS       1: Not Supported
   FAKE_NVML_MIG           1: in MIG mode
   FAKE_NVML_CAPABILITY    CUDA's compute capability (9.0)
   FAKE_NVML_INIT          what initialising returns (0)

   Seconds count from the loading of the library. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OK = 0, INVALID = 2, NOT_SUPPORTED = 3, TOO_SMALL = 7, LOST = 15 };

typedef unsigned int u32;
typedef unsigned long long u64;
typedef struct { u32 index; } *Device;
typedef struct {
    char legacy[16];
    u32 domain, bus, device, device_id, subsystem_id;
    char bus_id[32];
} Pci;
typedef struct { u32 pid; u64 memory; u32 gpu_instance, compute_instance; } Process;

static const double START_MJ = 5e9;
static struct { u32 index; } gpus[16];
static double loaded;
static long reads;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

__attribute__((constructor)) static void load(void) { loaded = now(); }

/* The text for one GPU out of a list; NULL where the variable is not set. */
static const char *text(const char *name, u32 index, char *buffer, size_t size) {
    const char *list = getenv(name);
    if (!list || !*list) return NULL;
    for (; index && strchr(list, ','); index--) list = strchr(list, ',') + 1;
    snprintf(buffer, size, "%.*s", (int)strcspn(list, ","), list);
    return buffer;
}

static double number(const char *name, u32 index, double otherwise) {
    char buffer[64];
    const char *found = text(name, index, buffer, sizeof buffer);
    return found ? atof(found) : otherwise;
}

static u32 count(void) { return (u32)number("FAKE_NVML_GPUS", 0, 1); }

static u32 bus(u32 index) {
    char buffer[64];
    const char *found = text("FAKE_NVML_BUSES", index, buffer, sizeof buffer);
    return found ? (u32)strtoul(found, NULL, 16) : 0x41 + index;
}

static int lost(void) {
    double after = number("FAKE_NVML_LOST_AFTER", 0, -1);
    return after >= 0 && __atomic_fetch_add(&reads, 1, __ATOMIC_SEQ_CST) >= after;
}

int nvmlInitWithFlags(u32 flags) { (void)flags; return (int)number("FAKE_NVML_INIT", 0, OK); }
int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return code == LOST ? "GPU is lost" : "an error"; }

int nvmlSystemGetDriverVersion(char *out, u32 size) { snprintf(out, size, "999.1"); return OK; }
int nvmlDeviceGetCount_v2(u32 *out) { *out = count(); return OK; }

int nvmlDeviceGetHandleByIndex_v2(u32 index, Device *out) {
    if (index >= count() || index >= 16) return INVALID;
    gpus[index].index = index;
    *out = (Device)&gpus[index];
    return OK;
}

int nvmlDeviceGetName(Device gpu, char *out, u32 size) {
    char buffer[64];
    const char *found = text("FAKE_NVML_NAMES", gpu->index, buffer, sizeof buffer);
    snprintf(out, size, "%s", found ? found : "Fake GPU");
    return OK;
}

int nvmlDeviceGetUUID(Device gpu, char *out, u32 size) {
    snprintf(out, size, "GPU-%08x-0000-4000-8000-%012x", 0x11111111 * (gpu->index + 1), gpu->index);
    return OK;
}

int nvmlDeviceGetPciInfo_v3(Device gpu, Pci *out) {
    memset(out, 0, sizeof *out);
    out->bus = bus(gpu->index);
    snprintf(out->legacy, sizeof out->legacy, "0000:%02X:00.0", out->bus);
    snprintf(out->bus_id, sizeof out->bus_id, "00000000:%02X:00.0", out->bus);
    return OK;
}

int nvmlDeviceGetMigMode(Device gpu, u32 *current, u32 *pending) {
    *current = *pending = (u32)number("FAKE_NVML_MIG", gpu->index, 0);
    return OK;
}

int nvmlDeviceGetCudaComputeCapability(Device gpu, int *major, int *minor) {
    char buffer[64];
    const char *found = text("FAKE_NVML_CAPABILITY", gpu->index, buffer, sizeof buffer);
    if (sscanf(found ? found : "9.0", "%d.%d", major, minor) != 2) return INVALID;
    return OK;
}

int nvmlDeviceGetMemoryInfo(Device gpu, u64 *out) {
    (void)gpu;
    out[0] = 80ull << 30;
    out[1] = 79ull << 30;
    out[2] = 1ull << 30;
    return OK;
}

/* Half of a look's time; the figure is that of its middle. */
static void half_a_look(u32 index) {
    double seconds = number("FAKE_NVML_LOOK_MS", index, 0) / 2e3;
    struct timespec t = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};
    if (seconds > 0) nanosleep(&t, NULL);
}

static int energy(Device gpu, u64 *out) {
    double period = number("FAKE_NVML_TICK_MS", gpu->index, 100) / 1e3;
    double from = loaded, to = now();
    double back = number("FAKE_NVML_BACK_AFTER", gpu->index, -1);
    double frozen = number("FAKE_NVML_FROZEN_AFTER", gpu->index, -1);
    double stepped = back >= 0 && to - loaded > back;
    if (number("FAKE_NVML_NO_COUNTER", gpu->index, 0)) return NOT_SUPPORTED;
    if (lost()) return LOST;
    if (frozen >= 0 && to - loaded > frozen) to = loaded + frozen;
    if (period > 0) {
        from = floor(from / period) * period;
        to = floor(to / period) * period;
    }
    *out = (u64)(START_MJ + 1e3 * (to - from) * number("FAKE_NVML_WATTS", gpu->index, 300) -
                 1e3 * stepped * number("FAKE_NVML_BACK_BY", gpu->index, START_MJ / 1e3));
    return OK;
}

int nvmlDeviceGetTotalEnergyConsumption(Device gpu, u64 *out) {
    int found;
    half_a_look(gpu->index);
    found = energy(gpu, out);
    half_a_look(gpu->index);
    return found;
}

int nvmlDeviceGetPowerUsage(Device gpu, u32 *out) {
    double watts = number("FAKE_NVML_WATTS", gpu->index, 300);
    double swing = number("FAKE_NVML_SWING", gpu->index, 0);
    watts = number("FAKE_NVML_SENSOR_WATTS", gpu->index, watts);
    if (number("FAKE_NVML_NO_SENSOR", gpu->index, 0)) return NOT_SUPPORTED;
    if (lost()) return LOST;
    *out = (u32)(long long)(1e3 * watts * (1 + swing * sin(2 * M_PI * now())));
    return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v3(Device gpu, u32 *size, Process *out) {
    char buffer[64];
    u32 found = 0, room = *size;
    const char *list = getenv("FAKE_NVML_PIDS");
    if (number("FAKE_NVML_NO_PIDS", gpu->index, 0)) return NOT_SUPPORTED;
    for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        if (out && found < room) {
            memset(&out[found], 0, sizeof *out);
            out[found].pid = (u32)atof(text("FAKE_NVML_PIDS", found, buffer, sizeof buffer));
        }
        found++;
    }
    *size = found;
    return found > room ? TOO_SMALL : OK;
}

/* What else CodeCarbon asks for. */

int nvmlDeviceGetGraphicsRunningProcesses_v3(Device gpu, u32 *size, Process *out) {
    (void)gpu, (void)out;
    *size = 0;
    return OK;
}

int nvmlDeviceGetUtilizationRates(Device gpu, u32 *out) {
    (void)gpu;
    out[0] = 50;
    out[1] = 10;
    return OK;
}

int nvmlDeviceGetTemperature(Device gpu, int sensor, u32 *out) {
    (void)gpu, (void)sensor;
    *out = 40;
    return OK;
}

int nvmlDeviceGetEnforcedPowerLimit(Device gpu, u32 *out) { (void)gpu; *out = 400000; return OK; }
int nvmlDeviceGetComputeMode(Device gpu, u32 *out) { (void)gpu; *out = 0; return OK; }
int nvmlDeviceGetArchitecture(Device gpu, u32 *out) { (void)gpu; *out = 9; return OK; }
