/** What a process runs: this library as built, zeromq.js, our program on libzmq in C, bare sockets, or a bare loop. */
export type Program = "zmtp" | "zeromq" | "libzmq" | "net" | "bare"

/** Who does the work of a row, and in which roles: the first binds. */
export interface Contestant {
  readonly name: string
  readonly program: Program
  readonly roles: readonly string[]
  /** Instead of the row's own. */
  readonly size?: number
  readonly peers?: number
}

export interface Work {
  readonly transport: "tcp" | "ipc" | "inproc" | "epgm"
  /** Bytes of a message. */
  readonly size: number
  /** Peers, requests under way or topics: what the roles make of it. */
  readonly peers?: number
}

/** What figures are in: of those in `RATES` more is better, of the others less. */
export type Unit = "msg/s" | "µs" | "ms" | "B" | "×"

export interface Row extends Work {
  readonly name: string
  readonly unit: Unit
  /** Ours first. */
  readonly contestants: readonly Contestant[]
  /** What the ratio of ours to theirs must reach, by the name of theirs. */
  readonly targets: Readonly<Record<string, number>>
  /** What our own figure must not exceed. */
  readonly limit?: number
}

/** What stands in the way where a target is not reached, by profiles that docs/performance.md has. */
export const OBSTACLES: readonly (readonly [rows: RegExp, obstacle: string])[] = [
  [
    /^push-pull (16|256) B/,
    "the bare loop; half of the receiver's time is the view, the array and the promise that users get",
  ],
  [
    /^push-pull (1|16|64) KiB/,
    "fresh memory for each message, and the system's copies: writev is half of the sender's time",
  ],
  [
    /^push-pull 1 MiB/,
    "fresh memory for each message, cleared by the system; writev is two thirds of the sender's time",
  ],
  [/^req-rep/, "net.Socket; write is 70 % of the time of both sides, all of our JavaScript 10 %"],
  [/^64 requests/, "all 64 travel in one write, which with waking up the peer is 45 % of the ROUTER's time"],
  [/^publish with/, "finding the subscribers is a third of the time: six steps down the trie instead of one"],
  [/^push-pull 16 B within/, "the bare loop; an eighth of the time is the copy of a frame that its sender may change"],
  [
    /^ROUTER with 1,000/,
    "net.Socket; a read and a write for each message, on both sides: write is 47 % of the ROUTER's time",
  ],
  [/^import/, "a fifth is compiling 310 KB, a tenth loading net, streams and worker_threads"],
  [/^99th/, "three processes on two processors"],
]

/** Names of those we are compared with. */
export const OURS = "zmtp"
export const ZEROMQ = "zeromq.js"
export const LIBZMQ = "libzmq in C"
export const NET = "net.Socket"
export const BARE = "bare loop"

const KIB = 1024
const MIB = 1024 * KIB

const STREAMS = ["tcp", "ipc"] as const

/** Every row, in the order of the table. */
export const ROWS: readonly Row[] = [
  ...STREAMS.flatMap((transport) => [
    pushPull(transport, "16 B", 16, { [ZEROMQ]: 14, [LIBZMQ]: 0.5 }),
    {
      name: "push-pull 16 B, batch API",
      unit: "msg/s" as const,
      transport,
      size: 16,
      contestants: [
        { name: OURS, program: "zmtp" as const, roles: ["pullBatches", "pushBatches"] },
        { name: LIBZMQ, program: "libzmq" as const, roles: ["pull", "push"] },
        bare(["pullBatches", "pushBatches"]),
      ],
      targets: { [LIBZMQ]: 1.2 },
    },
    pushPull(transport, "256 B", 256, { [ZEROMQ]: 9, [LIBZMQ]: 1.1 }),
    pushPull(transport, "1 KiB", KIB, { [ZEROMQ]: 4.5, [LIBZMQ]: 1.3 }),
    pushPull(transport, "16 KiB", 16 * KIB, { [LIBZMQ]: 1.2, [NET]: 0.8 }),
    pushPull(transport, "64 KiB", 64 * KIB, { [LIBZMQ]: 1.2, [NET]: 0.8 }),
    pushPull(transport, "1 MiB", MIB, { [LIBZMQ]: 0.9, [NET]: 0.8 }),
    {
      name: "req-rep round trip 16 B",
      unit: "µs" as const,
      transport,
      size: 16,
      contestants: everybody(["rep", "req"]),
      targets: { [ZEROMQ]: 0.6, [NET]: 1.15 },
    },
  ]),
  {
    name: "64 requests under way, DEALER to ROUTER",
    unit: "msg/s",
    transport: "tcp",
    size: 16,
    peers: 64,
    contestants: everybody(["echo", "ask"]),
    targets: { [ZEROMQ]: 4 },
  },
  multicast("16 B", 16, {}),
  multicast("1 KiB", KIB, { [LIBZMQ]: 0.5 }),
  ...[1, 10, 100].map((peers) => ({
    name: `pub-sub 16 B, ${peers} ${peers === 1 ? "subscriber" : "subscribers, half of them matching"}`,
    unit: "msg/s" as const,
    transport: "tcp" as const,
    size: 16,
    peers,
    contestants: both(["pub", "subs"]),
    targets: { [ZEROMQ]: 8 },
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
    contestants: [...both(["echo", "askers"]), { name: NET, program: "net", roles: ["echo", "askers"] }],
    targets: { [ZEROMQ]: 3 },
  },
  proxy("ROUTER-DEALER proxy 16 B", ["router", "dealt", "deal"]),
  proxy("XSUB-XPUB proxy 16 B", ["xsub", "published", "publish"]),
  cost("memory of an idle connection", "B", ["accept", "connect"], 1000, "tcp"),
  cost("import", "ms", ["load"], 1, "inproc"),
  cost("10,000 sockets opened and closed", "ms", ["open"], 10_000, "inproc"),
  {
    name: "99th percentile of a round trip while another peer floods",
    unit: "µs",
    transport: "tcp",
    size: 16,
    contestants: [
      ...both(["echo", "ping", "flood"]),
      { name: "without flood", program: "zmtp", roles: ["echo", "ping"] },
    ],
    targets: { "without flood": 10 },
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
    targets: {},
    limit: 256 * MIB,
  },
]

/** Whether more is better. */
export function moreIsBetter(unit: Unit): boolean {
  return unit === "msg/s"
}

function pushPull(transport: Row["transport"], label: string, size: number, targets: Row["targets"]): Row {
  const contestants = [...everybody(["pull", "push"]), ...(size < KIB ? [bare(["pull", "push"])] : [])]
  return { name: `push-pull ${label}`, unit: "msg/s", transport, size, contestants, targets }
}

/** At a rate limit of 400 Mbit/s. Where receivers are too slow for it, losses and repairs are part of the figure. */
function multicast(label: string, size: number, targets: Row["targets"]): Row {
  const roles = ["multicastSub", "multicastPub"]
  return {
    name: `pub-sub ${label} over multicast`,
    unit: "msg/s",
    transport: "epgm",
    size,
    contestants: [
      { name: OURS, program: "zmtp", roles },
      { name: LIBZMQ, program: "libzmq", roles },
    ],
    targets,
  }
}

function inproc(label: string, size: number, target: number): Row {
  const contestants = [...both(["inproc"]), ...(size < KIB ? [bare(["inproc"])] : [])]
  return {
    name: `push-pull ${label} within a process`,
    unit: "msg/s",
    transport: "inproc",
    size,
    contestants,
    targets: { [ZEROMQ]: target },
  }
}

function proxy(name: string, roles: readonly string[]): Row {
  return { name, unit: "msg/s", transport: "tcp", size: 16, contestants: both(roles), targets: { [ZEROMQ]: 1 } }
}

function cost(name: string, unit: Unit, roles: readonly string[], peers: number, transport: Row["transport"]): Row {
  return { name, unit, transport, size: 16, peers, contestants: both(roles), targets: { [ZEROMQ]: 1 } }
}

function both(roles: readonly string[]): Contestant[] {
  return [
    { name: OURS, program: "zmtp", roles },
    { name: ZEROMQ, program: "zeromq", roles },
  ]
}

/** As little JavaScript as gives the user the same. */
function bare(roles: readonly string[]): Contestant {
  return { name: BARE, program: "bare", roles }
}

function everybody(roles: readonly string[]): Contestant[] {
  return [...both(roles), { name: LIBZMQ, program: "libzmq", roles }, { name: NET, program: "net", roles }]
}
