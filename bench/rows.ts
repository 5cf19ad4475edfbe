import {
  bare,
  both,
  libzmq,
  LIBZMQ,
  natives,
  net,
  NET,
  OMQ,
  OURS,
  RZMQ,
  ZEROMQ,
  ZMQ_RS,
  type Contestant,
} from "./contestants.js"

export interface Work {
  readonly transport: "tcp" | "ipc" | "inproc" | "epgm"
  /** Size of a message, in bytes. */
  readonly size: number
  /** Number of peers, requests in flight, topics, or messages, depending on the roles. */
  readonly peers?: number
}

/** Unit of figures. Rates are better when they are higher, everything else when it is lower. */
export type Unit = "msg/s" | "µs" | "ms" | "B"

/** Minimum ratio of our figure to that of another contestant, by the name of that contestant. */
export type Targets = Readonly<Record<string, number>>

export interface Row extends Work {
  readonly name: string
  readonly unit: Unit
  /** The contestants, this library first. */
  readonly contestants: readonly Contestant[]
  readonly targets: Targets
  /** Maximum of our own figure. */
  readonly limit?: number
  /** Factor by which the runs are longer than in other rows. */
  readonly longer?: number
}

/** The reason why a row misses its target, according to "Measured limits" in docs/performance.md. */
export const OBSTACLES: readonly (readonly [rows: RegExp, obstacle: string])[] = [
  [/^push-pull (16|256) B/, "the bare loop; the receiver creates a view, an array, and a promise for each message"],
  [/^push-pull 1 KiB/, "the bare loop, which needs nine tenths of the CPU time; half of it is the system's"],
  [/^push-pull (16|64) KiB/, "the system: 72 % of the receiver's time and 86 % of the sender's; JavaScript is 4 %"],
  [
    /^push-pull 1 MiB/,
    "new memory for each message: page faults and garbage collection are half of the receiver's time",
  ],
  [/^push-pull 1 MiB, memory recycled/, "the system: 79 % of the receiver's time and 83 % of the sender's"],
  [/^first 500,000/, "V8 compiles the hot functions, which doubles the CPU time of both processes"],
  [/^first 1,000/, "the system, 43 %, which includes page faults; garbage collection, 19 %; compiling, 12 %"],
  [/^memory of each/, "V8's heap for new objects, which grows once in the first thousand connections"],
  [/^memory for 1,000,000/, "V8's heap for new objects in the receiver; zeromq.js queues outside of it"],
  [/^req-rep/, "net.Socket; write is 70 % of the time of both sides, all of our JavaScript 10 %"],
  [/^64 requests/, "all 64 travel in one write, which with waking up the peer is 45 % of the ROUTER's time"],
  [/^publish with/, "finding the subscribers is a third of the time: six steps down the trie instead of one"],
  [/^push-pull 16 B within/, "the bare loop; an eighth of the time is the copy of a frame that its sender may change"],
  [/^ROUTER with 1,000/, "a read and a write for each message on both sides; the system is half of the time"],
  [/with CURVE$/, "Salsa20 and Poly1305 in WebAssembly, in one thread; zeromq.js has two"],
  [
    /^(import|require)/,
    "compiling 240 KB is a third, code that runs a quarter, worker_threads with its streams a tenth",
  ],
  [
    /^CURVE handshakes/,
    "four X25519 operations in WebAssembly, 0.3 ms; accepting, four writes, and closing are the rest",
  ],
  [/^from the start of a process/, "loading and compiling: 15 ms for the library, 20 ms for its connections"],
  [/^99th/, "three processes on two processors"],
]

const KIB = 1024
const MIB = 1024 * KIB

/** Name of the second column of the rows about the first messages. */
const WARM = "our warm rate"

/** Every row, in the order of the table. */
export const ROWS: readonly Row[] = [
  ...(["tcp", "ipc"] as const).flatMap((transport) => [
    pushPull(transport, "16 B", 16, { [ZEROMQ]: 14, [LIBZMQ]: 0.5 }, { [LIBZMQ]: 0.7 }),
    {
      name: "push-pull 16 B, batch API",
      unit: "msg/s" as const,
      transport,
      size: 16,
      contestants: [
        { name: OURS, program: "zmtp" as const, roles: ["pullBatches", "pushBatches"] },
        libzmq(["pull", "push"]),
        bare(["pullBatches", "pushBatches"]),
      ],
      targets: { [LIBZMQ]: 1.2 },
    },
    pushPull(transport, "256 B", 256, { [ZEROMQ]: 9, [LIBZMQ]: 1.1 }, { [OMQ]: 1.15, [LIBZMQ]: 1.6 }),
    pushPull(transport, "1 KiB", KIB, { [ZEROMQ]: 4.5, [LIBZMQ]: 1.3 }, { [OMQ]: 1.05 }),
    pushPull(transport, "16 KiB", 16 * KIB, { [LIBZMQ]: 1.2, [NET]: 0.8 }),
    pushPull(transport, "64 KiB", 64 * KIB, { [LIBZMQ]: 1.2, [NET]: 0.8 }, { [RZMQ]: 1.05 }),
    pushPull(transport, "1 MiB", MIB, { [LIBZMQ]: 0.9, [NET]: 0.8 }),
    {
      name: "push-pull 1 MiB, memory recycled",
      unit: "msg/s" as const,
      transport,
      size: MIB,
      contestants: [
        { name: OURS, program: "zmtp" as const, roles: ["pullRecycling", "push"] },
        libzmq(["pull", "push"]),
      ],
      targets: { [LIBZMQ]: 1 },
    },
    {
      name: "req-rep round trip 16 B",
      unit: "µs" as const,
      transport,
      size: 16,
      contestants: everybody(["rep", "req"], transport),
      targets: { [ZEROMQ]: 0.6, [NET]: transport === "tcp" ? 1.1 : 1.15 },
    },
  ]),
  firstMessages("500,000", "16 B", 16, 500_000, { [LIBZMQ]: 0.5, [WARM]: 0.75 }),
  firstMessages("20,000", "16 B", 16, 20_000, { [ZEROMQ]: 1.2 }),
  firstMessages("20,000", "1 KiB", KIB, 20_000, { [ZEROMQ]: 1.2 }),
  firstMessages("1,000", "64 KiB", 64 * KIB, 1000, { [ZEROMQ]: 1.1 }),
  {
    name: "64 requests in flight, DEALER to ROUTER",
    unit: "msg/s",
    transport: "tcp",
    size: 16,
    peers: 64,
    contestants: [...both(["echo", "ask"]), libzmq(["echo", "ask"]), net(["echo", "ask"])],
    targets: { [ZEROMQ]: 4.5 },
  },
  multicast("16 B", 16, {}),
  multicast("1 KiB", KIB, { [LIBZMQ]: 0.5 }),
  ...[1, 10, 100].map((peers) => ({
    name: `pub-sub 16 B, ${peers} ${peers === 1 ? "subscriber" : "subscribers, half of them matching"}`,
    unit: "msg/s" as const,
    transport: "tcp" as const,
    size: 16,
    peers,
    contestants: [...both(["pub", "subs"]), ...natives(["pub", "subs"], "tcp")],
    targets: { [ZEROMQ]: 8, [ZMQ_RS]: 1 },
  })),
  {
    name: "publish with 100,000 subscriptions",
    unit: "msg/s",
    transport: "inproc",
    size: 16,
    contestants: [
      { name: OURS, program: "zmtp", roles: ["topics"], peers: 100_000 },
      { name: "with 10", program: "zmtp", roles: ["topics"], peers: 10 },
    ],
    targets: { "with 10": 0.8 },
  },
  inproc("16 B", 16, 15),
  inproc("64 KiB", 64 * KIB, 10),
  {
    name: "ROUTER with 1,000 connected peers, echo",
    unit: "msg/s",
    transport: "tcp",
    size: 16,
    peers: 1000,
    // Until most of the code is compiled: the usual warm-up has only 20,000 messages.
    longer: 4,
    contestants: [...both(["echo", "askers"]), net(["echo", "askers"])],
    targets: { [ZEROMQ]: 1.7, [NET]: 0.75 },
  },
  proxy("ROUTER-DEALER proxy 16 B", ["router", "dealt", "deal"]),
  proxy("XSUB-XPUB proxy 16 B", ["xsub", "published", "publish"]),
  curve("16 B", 16, 1),
  curve("1 KiB", KIB, 1),
  curve("64 KiB", 64 * KIB, 0.8),
  {
    name: "CURVE handshakes of a server, with clients of zeromq.js",
    unit: "msg/s",
    transport: "tcp",
    size: 1,
    // Until most of the running code is compiled.
    longer: 4,
    contestants: both(["greet", "visit"], "zeromq"),
    targets: { [ZEROMQ]: 1 },
  },
  idle("1,000", 1000),
  idle("10,000", 10_000),
  cost("import", ["imported"]),
  cost("require", ["required"]),
  cost("from the start of a process to its first message", ["supply", "firstMessage"], "tcp"),
  { ...cost("10,000 sockets opened and closed", ["open"]), peers: 10_000 },
  {
    name: "99th percentile of a round trip while another peer floods",
    unit: "µs",
    transport: "tcp",
    size: 16,
    contestants: [
      ...both(["echo", "ping", "flood"]),
      { name: "without flood", program: "zmtp", roles: ["echo", "ping"] },
    ],
    targets: { [ZEROMQ]: 1.2, "without flood": 10 },
  },
  {
    name: "how late a timer is in a loop of sends",
    unit: "ms",
    transport: "tcp",
    size: 16,
    contestants: both(["drain", "lateness"]),
    targets: {},
    limit: 20,
  },
  {
    name: "memory for 1,000,000 messages of 1 KiB to a slow consumer, both sides",
    unit: "B",
    transport: "tcp",
    size: KIB,
    contestants: both(["slow", "hurry"]),
    targets: { [ZEROMQ]: 1 },
    limit: 256 * MIB,
  },
]

export function moreIsBetter(unit: Unit): boolean {
  return unit === "msg/s"
}

/** @param overTcp Targets that apply only to tcp. */
function pushPull(transport: "tcp" | "ipc", label: string, size: number, targets: Targets, overTcp: Targets = {}): Row {
  const contestants = [...everybody(["pull", "push"], transport), ...(size <= KIB ? [bare(["pull", "push"])] : [])]
  const all = transport === "tcp" ? { ...targets, ...overTcp } : targets
  return { name: `push-pull ${label}`, unit: "msg/s", transport, size, contestants, targets: all }
}

/** The rate at which a process receives its first messages, while V8 has compiled little. */
function firstMessages(count: string, label: string, size: number, peers: number, targets: Targets): Row {
  const roles = ["firstMessages", "push"]
  const warm = WARM in targets ? [{ name: WARM, program: "zmtp" as const, roles: ["pull", "push"] }] : []
  const contestants = [...both(roles), libzmq(roles), ...warm]
  return {
    name: `first ${count} messages, ${label}`,
    unit: "msg/s",
    transport: "tcp",
    size,
    peers,
    contestants,
    targets,
  }
}

/** With a rate limit of 400 Mbit/s. The figure includes losses and repairs if receivers are too slow for it. */
function multicast(label: string, size: number, targets: Targets): Row {
  const roles = ["multicastSub", "multicastPub"]
  const contestants = [{ name: OURS, program: "zmtp" as const, roles }, libzmq(roles)]
  return { name: `pub-sub ${label} over multicast`, unit: "msg/s", transport: "epgm", size, contestants, targets }
}

function inproc(label: string, size: number, target: number): Row {
  const contestants = [...both(["inproc"]), ...(size < KIB ? [bare(["inproc"])] : [])]
  const targets = { [ZEROMQ]: target }
  return { name: `push-pull ${label} within a process`, unit: "msg/s", transport: "inproc", size, contestants, targets }
}

function proxy(name: string, roles: readonly string[]): Row {
  return { name, unit: "msg/s", transport: "tcp", size: 16, contestants: both(roles), targets: { [ZEROMQ]: 1 } }
}

function curve(label: string, size: number, target: number): Row {
  const contestants = both(["curvePull", "curvePush"])
  const targets = { [ZEROMQ]: target }
  return { name: `push-pull ${label} with CURVE`, unit: "msg/s", transport: "tcp", size, contestants, targets }
}

function idle(count: string, peers: number): Row {
  const contestants = both(["accept", "idle"], "idle")
  const targets = { [ZEROMQ]: 1 }
  return {
    name: `memory of each of ${count} idle connections`,
    unit: "B",
    transport: "tcp",
    size: 0,
    peers,
    contestants,
    targets,
  }
}

function cost(name: string, roles: readonly string[], transport: "tcp" | "inproc" = "inproc"): Row {
  return { name, unit: "ms", transport, size: 16, contestants: both(roles), targets: { [ZEROMQ]: 1 } }
}

function everybody(roles: readonly string[], transport: "tcp" | "ipc"): Contestant[] {
  return [...both(roles), libzmq(roles), ...natives(roles, transport), net(roles)]
}
