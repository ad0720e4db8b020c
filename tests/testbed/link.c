/*
 * An exact line between two network namespaces: two tun devices, one thread per direction.
 *
 * Every packet gets its departure time (when the line is free, plus its length over the rate) and is delivered that long plus
 * the one-way delay later. Random loss comes after the line, so a lost packet has used it. tun devices have no offloads, so
 * no super-packets pass. Runs with SCHED_FIFO: without it seven lines on two cores lost 5 to 15 % of their rate (measured).
 *
 * link NEAR_NS NEAR_DEVICE FAR_NS FAR_DEVICE DOWN_MBIT UP_MBIT ONE_WAY_MS LOSS_PERCENT OVERHEAD QUEUE_MS BUCKET PEAK_MBIT
 *
 * "Down" is from far to near. OVERHEAD bytes are added to each packet before it is counted (0: IP level, 38: Ethernet layer 1,
 * may be negative). BUCKET bytes may pass at PEAK_MBIT before the rate applies; 0 for none. Prints "ready", and its own
 * counts on SIGTERM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 32768, LONGEST = 1600, BATCH = 64 };
static const int64_t SECOND_NS = 1000000000;

struct packet {
    int64_t due_ns;
    int length;
    unsigned char bytes[LONGEST];
};

struct direction {
    const char *name;
    int from, to;
    double mbit_s, peak_mbit_s;
    int64_t bucket;
    struct packet *ring;
    unsigned head, tail;
    int64_t free_ns, filled_ns;
    double credit;
    uint64_t random, taken, delivered, delivered_bytes, dropped, lost, late;
};

static volatile sig_atomic_t stopping;
static double one_way_ms, loss_percent, queue_ms;
static int overhead;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static int64_t duration_ns(double bytes, double mbit_s)
{
    return (int64_t)(bytes * 8000.0 / mbit_s);
}

static double chance(struct direction *d)
{
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return (double)(d->random >> 11) / 9007199254740992.0;
}

/* Departure of a packet of `size` counted bytes that arrived at `now`; -1 when the queue is full. */
static int64_t departure(struct direction *d, int64_t now, int size)
{
    int64_t start = d->free_ns > now ? d->free_ns : now;
    double rate = d->mbit_s;
    if (d->bucket) {
        double credit = d->credit + (double)(start - d->filled_ns) * d->mbit_s / 8000.0;
        if (credit > (double)d->bucket)
            credit = (double)d->bucket;
        if (credit < size) {
            start += duration_ns(size - credit, d->mbit_s);
            credit = size;
        }
        if ((double)(start - now) > queue_ms * 1e6)
            return -1;
        d->credit = credit - size;
        d->filled_ns = start;
        rate = d->peak_mbit_s;
    } else if ((double)(start - now) > queue_ms * 1e6) {
        return -1;
    }
    d->free_ns = start + duration_ns(size, rate);
    return d->free_ns;
}

static void take(struct direction *d)
{
    for (int i = 0; i < BATCH && d->tail - d->head < SLOTS; i++) {
        struct packet *p = &d->ring[d->tail % SLOTS];
        p->length = (int)read(d->from, p->bytes, LONGEST);
        if (p->length <= 0)
            return;
        d->taken++;
        int64_t leaves = departure(d, now_ns(), p->length + overhead);
        if (leaves < 0) {
            d->dropped++;
        } else if (loss_percent > 0 && chance(d) * 100 < loss_percent) {
            d->lost++;
        } else {
            p->due_ns = leaves + (int64_t)(one_way_ms * 1e6);
            d->tail++;
        }
    }
}

static void deliver(struct direction *d)
{
    for (; d->head != d->tail; d->head++) {
        struct packet *p = &d->ring[d->head % SLOTS];
        int64_t late_ns = now_ns() - p->due_ns;
        if (late_ns < 0)
            return;
        if (late_ns > SECOND_NS / 1000)
            d->late++;
        if (write(d->to, p->bytes, (size_t)p->length) > 0) {
            d->delivered++;
            d->delivered_bytes += (uint64_t)(p->length + overhead);
        }
    }
}

static void *carry(void *argument)
{
    struct direction *d = argument;
    prctl(PR_SET_TIMERSLACK, 1000);
    while (!stopping) {
        take(d);
        deliver(d);
        int64_t wait = SECOND_NS / 5;
        if (d->head != d->tail)
            wait = d->ring[d->head % SLOTS].due_ns - now_ns();
        if (wait < 0)
            wait = 0;
        struct timespec timeout = {wait / SECOND_NS, wait % SECOND_NS};
        struct pollfd readable = {d->from, POLLIN, 0};
        ppoll(&readable, 1, &timeout, NULL);
    }
    return NULL;
}

static void stop(int signal)
{
    (void)signal;
    stopping = 1;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int device(const char *namespace, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "/var/run/netns/%s", namespace);
    int space = open(path, O_RDONLY | O_CLOEXEC);
    if (space < 0 || setns(space, CLONE_NEWNET) < 0)
        fail(path);
    close(space);
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq request = {0};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0)
        fail("/dev/net/tun");
    return tun;
}

int main(int count, char **words)
{
    if (count != 13)
        return 64;
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int near = device(words[1], words[2]), far = device(words[3], words[4]);
    one_way_ms = atof(words[7]);
    loss_percent = atof(words[8]);
    overhead = atoi(words[9]);
    queue_ms = atof(words[10]);
    struct direction both[2] = {
        {.name = "down", .from = far, .to = near, .mbit_s = atof(words[5]), .random = 88172645463325252ULL},
        {.name = "up", .from = near, .to = far, .mbit_s = atof(words[6]), .random = 88172645463393265ULL},
    };
    for (int i = 0; i < 2; i++) {
        both[i].ring = calloc(SLOTS, sizeof(struct packet));
        both[i].bucket = atoll(words[11]);
        both[i].peak_mbit_s = atof(words[12]);
        both[i].credit = (double)both[i].bucket;
        both[i].filled_ns = now_ns();
        if (!both[i].ring)
            fail("memory");
    }
    struct sched_param first = {.sched_priority = 50};
    if (sched_setscheduler(0, SCHED_FIFO, &first) < 0)
        perror("SCHED_FIFO (the rate may be low on a busy machine)");
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, carry, &both[i]))
            fail("thread");
    printf("ready\n");
    fflush(stdout);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        printf("%s taken=%lu delivered=%lu bytes=%lu dropped=%lu lost=%lu late=%lu\n", both[i].name, both[i].taken,
               both[i].delivered, both[i].delivered_bytes, both[i].dropped, both[i].lost, both[i].late);
    return 0;
}
