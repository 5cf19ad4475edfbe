/* One process of a measurement on libzmq itself. Arguments and output are those of zmq.mjs. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

/* Larger bodies are sent without copying them, which is the fastest way in libzmq. */
#define COPY_LIMIT 8192

static size_t size;
static int peers;
static double warm_up, duration;
static char *body;

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void print_figure(const char *name, double figure)
{
    printf("{\"%s\":%.6f}\n", name, figure);
    fflush(stdout);
}

static void *bound(void *context, int type, const char *endpoint)
{
    char actual[256];
    size_t length = sizeof actual;
    void *socket = zmq_socket(context, type);
    assert(zmq_bind(socket, endpoint) == 0);
    assert(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, actual, &length) == 0);
    printf("{\"endpoints\":\"%s\"}\n", actual);
    fflush(stdout);
    return socket;
}

static void *connected(void *context, int type, const char *endpoint)
{
    void *socket = zmq_socket(context, type);
    assert(zmq_connect(socket, endpoint) == 0);
    return socket;
}

static void send_body(void *socket)
{
    int sent = size > COPY_LIMIT ? zmq_send_const(socket, body, size, 0) : zmq_send(socket, body, size, 0);
    assert(sent == (int) size);
}

/* Receives one frame and drops it. */
static void receive(void *socket)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    assert(zmq_msg_recv(&message, socket, 0) >= 0);
    zmq_msg_close(&message);
}

/* Counts the messages of `step` until the time is over. */
static void measure(void (*step)(void *), void *socket, int as_time)
{
    int stride = size > 4000 ? 16 : as_time ? 16 : 256;
    long counted = 0;
    int warm = 0;
    step(socket);
    double start = now_ms();
    for (;;) {
        for (int index = 0; index < stride; index++) step(socket);
        counted += stride;
        double elapsed = now_ms() - start;
        if (elapsed < (warm ? duration : warm_up)) continue;
        print_figure(warm ? "value" : "cold", as_time ? elapsed * 1000 / counted : counted / elapsed * 1000);
        if (warm) return;
        warm = 1;
        counted = 0;
        start = now_ms();
    }
}

/* The rate of the first `peers` messages, counted from the first one. */
static void measure_first(void *socket)
{
    receive(socket);
    double start = now_ms();
    for (int index = 0; index < peers; index++) receive(socket);
    print_figure("value", peers / (now_ms() - start) * 1000);
}

/* Over epgm both sides connect. Rate in kbit/s and time for repairs in ms are those of zmq.mjs. */
static void *multicast(void *context, int type, const char *endpoint)
{
    int rate = 400000, recovery = 1000, no_drop = 1, buffer = 4 * 1024 * 1024;
    void *socket = zmq_socket(context, type);
    assert(zmq_setsockopt(socket, ZMQ_RATE, &rate, sizeof rate) == 0);
    assert(zmq_setsockopt(socket, ZMQ_RECOVERY_IVL, &recovery, sizeof recovery) == 0);
    /* As in this library. Without room for bursts, libzmq stalls after every loss. */
    assert(zmq_setsockopt(socket, ZMQ_RCVBUF, &buffer, sizeof buffer) == 0);
    if (type == ZMQ_XPUB) assert(zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &no_drop, sizeof no_drop) == 0);
    else assert(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) == 0);
    assert(zmq_connect(socket, endpoint) == 0);
    return socket;
}

static void round_trip(void *socket)
{
    send_body(socket);
    receive(socket);
}

static void answer_and_ask(void *socket)
{
    receive(socket);
    send_body(socket);
}

/* Sends every message back, frame by frame. */
static void echo(void *socket)
{
    for (;;) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        assert(zmq_msg_recv(&frame, socket, 0) >= 0);
        assert(zmq_msg_send(&frame, socket, zmq_msg_more(&frame) ? ZMQ_SNDMORE : 0) >= 0);
    }
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        int major, minor, patch;
        zmq_version(&major, &minor, &patch);
        printf("%d.%d.%d\n", major, minor, patch);
        return 0;
    }
    if (argc < 7) return 2;
    const char *role = argv[1], *endpoint = argv[2];
    size = strtoul(argv[3], NULL, 10);
    peers = atoi(argv[4]);
    warm_up = atof(argv[5]);
    duration = atof(argv[6]);
    body = malloc(size + 1);
    memset(body, 'a', size);
    void *context = zmq_ctx_new();

    if (strcmp(role, "pull") == 0) measure(receive, bound(context, ZMQ_PULL, endpoint), 0);
    else if (strcmp(role, "firstMessages") == 0) measure_first(bound(context, ZMQ_PULL, endpoint));
    else if (strcmp(role, "push") == 0) {
        void *socket = connected(context, ZMQ_PUSH, endpoint);
        for (;;) send_body(socket);
    } else if (strcmp(role, "multicastSub") == 0) {
        void *socket = multicast(context, ZMQ_SUB, endpoint);
        /* On a separate line, because OpenPGM prints warnings about loopback interfaces to the same output. */
        printf("\n{\"endpoints\":\"%s\"}\n", endpoint);
        fflush(stdout);
        measure(receive, socket, 0);
    } else if (strcmp(role, "multicastPub") == 0) {
        void *socket = multicast(context, ZMQ_XPUB, endpoint);
        for (;;) send_body(socket);
    } else if (strcmp(role, "rep") == 0) echo(bound(context, ZMQ_REP, endpoint));
    else if (strcmp(role, "req") == 0) measure(round_trip, connected(context, ZMQ_REQ, endpoint), 1);
    else if (strcmp(role, "echo") == 0) echo(bound(context, ZMQ_ROUTER, endpoint));
    else if (strcmp(role, "ask") == 0) {
        void *socket = connected(context, ZMQ_DEALER, endpoint);
        for (int index = 0; index < peers; index++) send_body(socket);
        measure(answer_and_ask, socket, 0);
    } else return 2;
    /* The benchmark ends all processes. If a receiver exited early, its sender would fail. */
    pause();
    return 0;
}
