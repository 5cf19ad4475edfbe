/**
 * Measures the costs and benefits of I/O threads, alternating with zeromq.js and with this library without them. Each figure
 * comes from separate processes, over tcp:
 * - push-pull with an I/O thread on each side, and the CPU time of the receiver's main thread per message;
 * - the 99th percentile of a round trip while another peer floods;
 * - disconnects of a libzmq peer with heartbeats every second while the main thread computes for 10 s;
 * - the duration of a CURVE handshake while the main thread computes for 5 s.
 *
 * Run `npm run build` first.
 */
import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readOptions } from "../scripts/options.mjs"
import { median } from "./statistics.js"

const CONTESTANTS = [
  { name: "zmtp with I/O threads", library: "zmtp", threads: 1 },
  { name: "zmtp", library: "zmtp", threads: 0 },
  { name: "zeromq", library: "zeromq", threads: 0 },
] as const

type Contestant = (typeof CONTESTANTS)[number]

const KIB = 1024

const RATES = [
  { size: 16, count: 500_000, security: "none" },
  { size: 64 * KIB, count: 20_000, security: "none" },
  { size: KIB * KIB, count: 1_000, security: "none" },
  { size: KIB, count: 50_000, security: "curve" },
  { size: 64 * KIB, count: 5_000, security: "curve" },
] as const

/** Maximum duration of one run, in ms. */
const DEADLINE = 60_000

/** Duration of the round trips, and of the computations of main threads, in ms. */
const FLOOD = 3_000
const BUSY_WITH_HEARTBEATS = 10_000
const BUSY_WITH_HANDSHAKE = 5_000

type Figures = Readonly<Record<string, number>>

function start(program: string, ...parameters: (string | number)[]): ChildProcess {
  const path = new URL(`peers/${program}.mjs`, import.meta.url)
  return fork(path, parameters.map(String), { execArgv: [], timeout: DEADLINE })
}

/** The next message of `child`, or `undefined` if it exits first. */
async function next<Message>(child: ChildProcess): Promise<Message | undefined> {
  const ended = once(child, "exit").then(() => undefined)
  return Promise.race([once(child, "message").then(([message]) => message as Message), ended])
}

async function endAll(children: readonly ChildProcess[]): Promise<void> {
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
  await Promise.all(
    running.map((child) => {
      child.kill("SIGKILL")
      return once(child, "exit")
    }),
  )
}

/** Messages per second, and the CPU time of the receiver's main thread per message, in µs. */
async function rate(
  { library, threads }: Contestant,
  { size, count, security }: (typeof RATES)[number],
): Promise<Figures | undefined> {
  const parameters = [library, threads, size, count, security]
  const pull = start("io-thread", "pull", ...parameters)
  const bound = await next<{ endpoint: string }>(pull)
  const push = start("io-thread", "push", ...parameters, bound?.endpoint ?? "")
  const figures = await next<Figures>(pull)
  await endAll([pull, push])
  return figures
}

/**
 * The 99th percentile of a round trip, in µs.
 * @param flooder The contestant that floods.
 */
async function percentile({ library, threads }: Contestant, flooder: Contestant): Promise<Figures | undefined> {
  const echo = start("io-thread-busy", "echo", library, threads)
  const endpoint = (await next<{ endpoint: string }>(echo))?.endpoint ?? ""
  const flood = start("io-thread-busy", "flood", flooder.library, flooder.threads, endpoint)
  const ping = start("io-thread-busy", "ping", library, threads, endpoint, FLOOD)
  const figures = await next<Figures>(ping)
  await endAll([ping, flood, echo])
  return figures
}

/** How often a libzmq peer disconnects while the main thread computes, and how many of its messages are lost. */
async function heartbeats({ library, threads }: Contestant): Promise<Figures | undefined> {
  const sink = start("io-thread-busy", "sink", library, threads, "", BUSY_WITH_HEARTBEATS)
  const bound = await next<{ plain: string }>(sink)
  const beat = start("io-thread-busy", "beat", "zeromq", 0, bound?.plain ?? "", BUSY_WITH_HEARTBEATS)
  await next(beat)
  sink.send("compute")
  const sent = await next<{ sent: number; disconnects: number }>(beat)
  let received: { received: number } | undefined
  if (sent !== undefined) {
    sink.send({ last: sent.sent })
    received = await next<{ received: number }>(sink)
  }
  await endAll([sink, beat])
  if (sent === undefined || received === undefined) return undefined
  return { disconnects: sent.disconnects, lost: sent.sent - received.received }
}

/** Time until the handshake of a libzmq client completes, in ms. */
async function handshake({ library, threads }: Contestant): Promise<Figures | undefined> {
  const sink = start("io-thread-busy", "sink", library, threads, "", BUSY_WITH_HANDSHAKE)
  const bound = await next<{ endpoint: string }>(sink)
  sink.send("compute")
  const greet = start("io-thread-busy", "greet", "zeromq", 0, bound?.endpoint ?? "")
  await next(greet)
  const figures = await next<Figures>(greet)
  await endAll([sink, greet])
  return figures
}

const options = readOptions("npx tsx bench/io-threads.ts [options]", {
  rounds: { type: "integer", default: 5, least: 1, description: "number of runs of each contestant" },
  only: { type: "string", value: "TEXT", default: "", description: "measure only rows whose name contains this" },
})

/** Runs the contestants alternately, and prints the median of each figure. */
async function row(
  name: string,
  units: readonly (readonly [figure: string, unit: string, digits: number])[],
  run: (contestant: Contestant) => Promise<Figures | undefined>,
  rounds = options.rounds,
): Promise<void> {
  if (!name.includes(options.only)) return
  const all = CONTESTANTS.map((contestant) => ({ contestant, figures: [] as Figures[] }))
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, figures } of all) {
      const result = await run(contestant)
      if (result !== undefined) figures.push(result)
    }
  }
  console.log(`\n${name}`)
  for (const { contestant, figures } of all) {
    const shown = units.map(([figure, unit, digits]) => {
      const middle = median(figures.map((each) => each[figure]!))
      return `${middle.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`
    })
    console.log(`  ${contestant.name.padEnd(22)} ${figures.length === 0 ? "no run has ended" : shown.join(", ")}`)
  }
}

for (const kind of RATES) {
  const name = `push-pull ${kind.size.toLocaleString("en")} B${kind.security === "curve" ? ", CURVE" : ""}`
  const units = [
    ["rate", "messages/s", 0],
    ["cpu", "µs of the main thread for each", 2],
  ] as const
  await row(name, units, (contestant) => rate(contestant, kind))
}
const [, , zeromq] = CONTESTANTS
const delay = [["percentile", "µs", 0]] as const
await row("99th percentile of a round trip while another peer floods", delay, (one) => percentile(one, one))
await row("99th percentile of a round trip while a peer of zeromq floods", delay, (one) => percentile(one, zeromq))
await row(
  "a peer of libzmq with heartbeats each second, while the main thread computes for 10 s",
  [
    ["disconnects", "disconnects", 0],
    ["lost", "messages lost", 0],
  ],
  heartbeats,
  1,
)
await row(
  "a CURVE handshake while the main thread computes for 5 s",
  [["handshake", "ms", 0]],
  handshake,
  Math.min(3, options.rounds),
)
