/* A LAN on a tap device: one process that answers as many hosts.

   responder TAP HOSTS            commands on stdin, one line each:
     set LOSS_PERCENT POLICER_PPS   loss of each request and, independently, of each reply; broadcast policer, 0 = none
     stats                          one line of JSON on stdout, counters start again from 0

   A line of HOSTS: mac ipv4|- link_local|- ping echo6 mld delay_ms jitter_ms nbns|- mdns|- ssdp|- wsd|-
   The last four are payloads in hexadecimal; nbns and mdns get the question's id. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { NBNS, MDNS, SSDP, WSD, SERVICES, BUCKETS = 1 << 14, FRAME = 2048 };
static const int port_of[SERVICES] = {137, 5353, 1900, 3702};

typedef struct {
    uint8_t mac[6], ll[16];
    uint32_t ip;
    int has_ll, ping, echo6, mld, next_ip, next_ll;
    double delay_ms, jitter_ms;
    uint8_t *payload[SERVICES];
    int length[SERVICES];
} Host;
typedef struct { uint64_t at; int length; uint8_t *frame; } Event;

static Host *hosts;
static int count, by_ip[BUCKETS], by_ll[BUCKETS], tap;
static Event *heap;
static int queued, room;
static double loss, policer, tokens;
static uint64_t refilled;
static struct { unsigned long frames, arp, dropped, probes6, peak; } stats;
static uint64_t arp_times[1 << 16];
static unsigned long arp_first, arp_next;

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
static int lost(void) { return drand48() < loss; }
static unsigned hash(const void *data, int n) {
    const uint8_t *p = data;
    unsigned h = 2166136261u;
    while (n--) h = (h ^ *p++) * 16777619u;
    return h & (BUCKETS - 1);
}
static void put16(uint8_t *p, unsigned v) { p[0] = v >> 8; p[1] = v; }
static unsigned get16(const uint8_t *p) { return p[0] << 8 | p[1]; }
static uint32_t add(uint32_t sum, const uint8_t *p, int n) {
    for (; n > 1; n -= 2, p += 2) sum += get16(p);
    return n ? sum + (p[0] << 8) : sum;
}
static unsigned fold(uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void push(Event e) {
    if (queued == room) heap = realloc(heap, (room = room ? room * 2 : 1024) * sizeof *heap);
    int i = queued++;
    for (; i && heap[(i - 1) / 2].at > e.at; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = e;
}
static Event pop(void) {
    Event top = heap[0], last = heap[--queued];
    int i = 0;
    for (int child; (child = 2 * i + 1) < queued; i = child) {
        if (child + 1 < queued && heap[child + 1].at < heap[child].at) child++;
        if (heap[child].at >= last.at) break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return top;
}
/* Every reply leaves through here: it may be lost, and it comes after the host's own delay. */
static void answer(const Host *h, const uint8_t *frame, int length, double extra_ms) {
    if (lost()) return;
    double wait = (h->delay_ms + (drand48() * 2 - 1) * h->jitter_ms + extra_ms) * 1000 + 200 + drand48() * 600;
    Event e = {now_us() + (uint64_t)(wait < 100 ? 100 : wait), length < 60 ? 60 : length, calloc(1, FRAME)};
    memcpy(e.frame, frame, length);
    push(e);
}

static uint8_t *ipv4(uint8_t *f, const Host *h, const uint8_t *q, int protocol, int length) {
    memset(f, 0, FRAME);
    memcpy(f, q + 6, 6), memcpy(f + 6, h->mac, 6), put16(f + 12, 0x800);
    uint8_t *ip = f + 14;
    ip[0] = 0x45, put16(ip + 2, 20 + length), ip[8] = 64, ip[9] = protocol;
    memcpy(ip + 12, &h->ip, 4), memcpy(ip + 16, q + 26, 4);
    put16(ip + 10, fold(add(0, ip, 20)));
    return ip + 20;
}
static uint8_t *ipv6(uint8_t *f, const Host *h, const uint8_t *mac, const uint8_t *to, int next, int length, int hops) {
    memset(f, 0, FRAME);
    memcpy(f, mac, 6), memcpy(f + 6, h->mac, 6), put16(f + 12, 0x86dd);
    uint8_t *ip = f + 14;
    ip[0] = 0x60, put16(ip + 4, length), ip[6] = next, ip[7] = hops;
    memcpy(ip + 8, h->ll, 16), memcpy(ip + 24, to, 16);
    return ip + 40;
}
static unsigned sum6(const uint8_t *ip, const uint8_t *p, int n) {
    uint8_t rest[8] = {0, 0, n >> 8, n, 0, 0, 0, 58};
    return fold(add(add(add(0, ip + 8, 32), rest, 8), p, n));
}

static void on_arp(const uint8_t *q) {
    uint8_t f[60] = {0};
    uint32_t wanted;
    if (q[21] != 1) return;
    memcpy(&wanted, q + 38, 4);
    for (int k = by_ip[hash(&wanted, 4)]; k >= 0; k = hosts[k].next_ip) {
        Host *h = hosts + k;
        if (h->ip != wanted || (!(q[0] & 1) && memcmp(q, h->mac, 6)) || lost()) continue;
        memcpy(f, q + 6, 6), memcpy(f + 6, h->mac, 6), memcpy(f + 12, q + 12, 8), put16(f + 20, 2);
        memcpy(f + 22, h->mac, 6), memcpy(f + 28, &wanted, 4), memcpy(f + 32, q + 22, 10);
        answer(h, f, 60, 0);
    }
}
static void on_udp(const Host *h, const uint8_t *q, int group) {
    const uint8_t *udp = q + 34;
    uint8_t f[FRAME];
    for (int s = 0; s < SERVICES; s++) {
        if ((int)get16(udp + 2) != port_of[s] || !h->payload[s]) continue;
        if (lost()) return;
        int n = h->length[s];
        uint8_t *u = ipv4(f, h, q, 17, 8 + n);
        put16(u, port_of[s]), memcpy(u + 2, udp, 2), put16(u + 4, 8 + n), memcpy(u + 8, h->payload[s], n);
        if (s == NBNS || s == MDNS) memcpy(u + 8, udp + 8, 2);
        answer(h, f, 42 + n, 0);
        return;
    }
    if (!group && h->ping && !lost()) { /* port unreachable */
        uint8_t *c = ipv4(f, h, q, 1, 36);
        c[0] = c[1] = 3, memcpy(c + 8, q + 14, 28), put16(c + 2, fold(add(0, c, 36)));
        answer(h, f, 70, 0);
    }
}
static void on_ipv4(const uint8_t *q, int n) {
    uint32_t to;
    memcpy(&to, q + 30, 4);
    if (q[0] & 1) {
        for (int k = 0; q[23] == 17 && k < count; k++)
            if (hosts[k].ip) on_udp(hosts + k, q, 1);
        return;
    }
    for (int k = by_ip[hash(&to, 4)]; k >= 0; k = hosts[k].next_ip) {
        Host *h = hosts + k;
        if (h->ip != to || memcmp(h->mac, q, 6)) continue;
        if (q[23] == 17) on_udp(h, q, 0);
        int length = get16(q + 16) - 20;
        if (q[23] == 1 && q[34] == 8 && h->ping && length <= n - 34 && !lost()) {
            uint8_t f[FRAME], *c = ipv4(f, h, q, 1, length);
            memcpy(c, q + 34, length), c[0] = 0, put16(c + 2, 0), put16(c + 2, fold(add(0, c, length)));
            answer(h, f, 34 + length, 0);
        }
        return;
    }
}
static void on_ipv6(const uint8_t *q, int n) {
    static const uint8_t all[16] = {0xff, 2, [15] = 1}, routers[16] = {0xff, 2, [15] = 0x16}, none[16];
    static const uint8_t routers_mac[6] = {0x33, 0x33, 0, 0, 0, 0x16};
    const uint8_t *ip = q + 14, *p = ip + 40;
    uint8_t f[FRAME];
    int next = ip[6], length = get16(ip + 4);
    if (next == 0) next = p[0], length -= (p[1] + 1) * 8, p += (p[1] + 1) * 8;
    if (next != 58 || p + length > q + n || length > 1400) return;
    int to_all = !memcmp(ip + 24, all, 16);
    if (to_all && (p[0] == 128 || p[0] == 130)) stats.probes6++;
    if (p[0] == 135 && memcmp(ip + 8, none, 16))
        for (int k = by_ll[hash(p + 8, 16)]; k >= 0; k = hosts[k].next_ll) {
            Host *h = hosts + k;
            if (memcmp(h->ll, p + 8, 16) || lost()) continue;
            uint8_t *m = ipv6(f, h, q + 6, ip + 8, 58, 32, 255);
            m[0] = 136, m[4] = 0x60, memcpy(m + 8, h->ll, 16), m[24] = 2, m[25] = 1, memcpy(m + 26, h->mac, 6);
            put16(m + 2, sum6(f + 14, m, 32));
            answer(h, f, 86, 0);
        }
    for (int k = 0; k < count && (p[0] == 128 || (p[0] == 130 && to_all)); k++) {
        Host *h = hosts + k;
        if (!h->has_ll) continue;
        if (p[0] == 128 && h->echo6 && (to_all || !memcmp(h->ll, ip + 24, 16)) && !lost()) {
            uint8_t *m = ipv6(f, h, q + 6, ip + 8, 58, length, 64);
            memcpy(m, p, length), m[0] = 129, put16(m + 2, 0), put16(m + 2, sum6(f + 14, m, length));
            answer(h, f, 54 + length, 0);
        }
        if (p[0] == 130 && h->mld && ip[7] == 1 && !lost()) { /* report of the solicited-node group, RFC 3810 5.2 */
            uint8_t *o = ipv6(f, h, routers_mac, routers, 0, 36, 1), *m = o + 8;
            o[0] = 58, o[2] = 5, o[3] = 2, m[0] = 143, put16(m + 6, 1), m[8] = 4;
            m[12] = 0xff, m[13] = 2, m[23] = 1, m[24] = 0xff, memcpy(m + 25, h->ll + 13, 3);
            put16(m + 2, sum6(f + 14, m, 28));
            answer(h, f, 90, drand48() * get16(p + 4));
        }
    }
}
static void receive(const uint8_t *q, int n) {
    if (n < 42) return;
    uint64_t t = now_us();
    int type = get16(q + 12);
    stats.frames++;
    if (type == 0x806 && q[21] == 1) {
        stats.arp++;
        arp_times[arp_next++ & 0xffff] = t;
        while (arp_next - arp_first > 0xffff || arp_times[arp_first & 0xffff] + 1000000 <= t) arp_first++;
        if (arp_next - arp_first > stats.peak) stats.peak = arp_next - arp_first;
    }
    if (q[0] & 1 && policer > 0) {
        tokens += (t - refilled) * policer / 1e6, refilled = t;
        if (tokens > policer / 4 + 1) tokens = policer / 4 + 1;
        if (tokens < 1) { stats.dropped++; return; }
        tokens -= 1;
    }
    if (type == 0x806) on_arp(q);
    else if (type == 0x800) on_ipv4(q, n);
    else if (type == 0x86dd && n >= 62) on_ipv6(q, n);
}

static uint8_t *unhex(const char *text, int *length) {
    *length = 0;
    if (*text == '-') return NULL;
    int n = strlen(text) / 2;
    uint8_t *out = malloc(n + 1);
    for (int i = 0; i < n; i++) { unsigned v = 0; sscanf(text + 2 * i, "%2x", &v); out[i] = v; }
    *length = n;
    return out;
}
static void load(const char *path) {
    static char line[20000], mac[64], ip[64], ll[64], text[SERVICES][4000];
    FILE *in = fopen(path, "r");
    if (!in) { perror(path); exit(1); }
    memset(by_ip, -1, sizeof by_ip), memset(by_ll, -1, sizeof by_ll);
    while (fgets(line, sizeof line, in)) {
        hosts = realloc(hosts, (count + 1) * sizeof *hosts);
        Host *h = memset(hosts + count, 0, sizeof *h);
        if (sscanf(line, "%63s %63s %63s %d %d %d %lf %lf %3999s %3999s %3999s %3999s", mac, ip, ll, &h->ping, &h->echo6,
                   &h->mld, &h->delay_ms, &h->jitter_ms, text[0], text[1], text[2], text[3]) != 12) {
            fprintf(stderr, "not a host: %s", line);
            exit(1);
        }
        unsigned m[6];
        sscanf(mac, "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4, m + 5);
        for (int i = 0; i < 6; i++) h->mac[i] = m[i];
        for (int s = 0; s < SERVICES; s++) h->payload[s] = unhex(text[s], &h->length[s]);
        if (*ip != '-') inet_pton(AF_INET, ip, &h->ip), h->next_ip = by_ip[hash(&h->ip, 4)], by_ip[hash(&h->ip, 4)] = count;
        if (*ll != '-') h->has_ll = inet_pton(AF_INET6, ll, h->ll), h->next_ll = by_ll[hash(h->ll, 16)], by_ll[hash(h->ll, 16)] = count;
        count++;
    }
    fclose(in);
}
static int obey(void) {
    static char line[256];
    if (!fgets(line, sizeof line, stdin)) return 0;
    if (sscanf(line, "set %lf %lf", &loss, &policer) == 2) {
        loss /= 100, tokens = policer / 4 + 1, refilled = now_us();
        puts("{}");
    } else {
        printf("{\"frames\":%lu,\"arp\":%lu,\"peak\":%lu,\"dropped\":%lu,\"probes6\":%lu}\n", stats.frames, stats.arp, stats.peak,
               stats.dropped, stats.probes6);
        memset(&stats, 0, sizeof stats);
        arp_first = arp_next;
    }
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    srand48(time(NULL) ^ getpid());
    load(argv[2]);
    setvbuf(stdin, NULL, _IONBF, 0);
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
    tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0) { perror("tap"); return 1; }
    puts("ready"), fflush(stdout);
    uint8_t frame[FRAME];
    for (;;) {
        uint64_t t = now_us();
        while (queued && heap[0].at <= t) {
            Event e = pop();
            if (write(tap, e.frame, e.length) < 0 && queued < 0) return 1; /* a device that is down: nobody hears it */
            free(e.frame);
        }
        struct timespec wait = {1, 0};
        if (queued) { uint64_t d = heap[0].at > t ? heap[0].at - t : 0; if (d < 1000000) wait = (struct timespec){0, d * 1000}; }
        struct pollfd from[2] = {{tap, POLLIN, 0}, {0, POLLIN, 0}};
        if (ppoll(from, 2, &wait, NULL) <= 0) continue;
        if (from[1].revents && !obey()) return 0;
        for (int i = 0, n; i < 64 && (n = read(tap, frame, sizeof frame)) > 0; i++) receive(frame, n);
    }
}
