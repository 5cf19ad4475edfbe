import { Pull, Push, Reply, Request } from "../index.js"
import { invalidChoice, UsageError, type Command, type Given } from "./command.js"
import { ENDPOINT_NOTES, ENDPOINTS } from "./endpoints.js"
import { using } from "./exchange.js"
import { PROGRESS } from "./progress.js"
import { KEY_NOTES, SECURITY } from "./security.js"

export const perf: Command = {
  name: "perf",
  section: "Tools",
  summary: "Measures throughput (from send to receive, PUSH to PULL) or latency (from ask to answer, REQ to REP).",
  usage: "send|receive|ask|answer --bind URL | --connect URL",
  words: ["send", "receive", "ask", "answer"],
  options: {
    size: { type: "number", value: "BYTES", help: "size of each message; default: 16" },
    count: {
      type: "number",
      min: 1,
      short: "n",
      value: "N",
      help: "messages; default: 100,000, or 10,000 round trips",
    },
    json: { type: "flag", help: "print the figures as JSON" },
  },
  groups: [ENDPOINTS, SECURITY, PROGRESS],
  examples: [
    {
      text: "Throughput: the first command prints it",
      command: "zmtp perf receive --bind tcp://*:5555\nzmtp perf send --connect tcp://127.0.0.1:5555 --size 100",
    },
    {
      text: "Latency: the second command prints it",
      command: "zmtp perf answer --bind tcp://*:5556\nzmtp perf ask --connect tcp://127.0.0.1:5556",
    },
  ],
  notes: [
    "Give both sides the same count. One side may be a program of libzmq: remote_thr for send, local_thr for receive,\n" +
      "remote_lat for ask, local_lat for answer.",
    ENDPOINT_NOTES,
    KEY_NOTES,
  ],
  async run(given) {
    const [role = "", ...more] = given.positionals
    const run = Object.hasOwn(ROLES, role) && more.length === 0 ? ROLES[role] : undefined
    if (run === undefined) throw invalidChoice("role", given.positionals, ROLES)
    await run(given)
  },
}

const ROLES: Readonly<Record<string, (given: Given) => Promise<void>>> = { send, receive, ask, answer }

async function send(given: Given): Promise<void> {
  const [body, count] = [bodyOf(given), given.number("count") ?? 100_000]
  await using(new Push(), given, false, async (socket) => {
    for (let sent = 0; sent < count; sent++) await socket.send(body, { signal: given.signal })
  })
}

/** The clock starts with the first message, which is not counted. */
async function receive(given: Given): Promise<void> {
  const count = given.number("count") ?? 100_000
  if (count < 2) throw new UsageError(`Invalid --count ${count}: perf receive needs at least 2 messages`)
  await using(new Pull(), given, false, async (socket) => {
    const [first] = await socket.receive({ signal: given.signal })
    const start = performance.now()
    let bytes = 0
    let received = 1
    while (received < count) {
      const batch = await socket.receiveMany(count - received, { signal: given.signal })
      received += batch.length
      for (const message of batch) for (const frame of message) bytes += frame.length
    }
    const seconds = (performance.now() - start) / 1000
    const perSecond = (count - 1) / seconds
    report(given, {
      size: first!.length,
      messages: count,
      seconds,
      messagesPerSecond: Math.round(perSecond),
      megabitsPerSecond: (bytes * 8) / seconds / 1e6,
    })
  })
}

async function ask(given: Given): Promise<void> {
  const [body, count] = [bodyOf(given), given.number("count") ?? 10_000]
  await using(new Request({ linger: 0 }), given, false, async (socket) => {
    const times = new Float64Array(count)
    for (let asked = 0; asked < count; asked++) {
      const start = performance.now()
      await socket.send(body, { signal: given.signal })
      await socket.receive({ signal: given.signal })
      times[asked] = (performance.now() - start) * 1000
    }
    times.sort()
    const at = (share: number): number => times[Math.min(count - 1, Math.floor(count * share))]!
    report(given, {
      size: body.length,
      roundTrips: count,
      microsecondsMean: times.reduce((sum, time) => sum + time, 0) / count,
      microsecondsMedian: at(0.5),
      microseconds99: at(0.99),
      microsecondsMax: at(1),
    })
  })
}

async function answer(given: Given): Promise<void> {
  const count = given.number("count") ?? Infinity
  await using(new Reply(), given, false, async (socket) => {
    for (let answered = 0; answered < count; answered++) {
      await socket.send(await socket.receive({ signal: given.signal }))
    }
  })
}

function bodyOf(given: Given): Buffer {
  return Buffer.alloc(given.number("size") ?? 16)
}

/** Labels of the results, including units. */
const LABELS: Readonly<Record<string, string>> = {
  size: "message size, bytes",
  messages: "messages",
  seconds: "time, s",
  messagesPerSecond: "messages per second",
  megabitsPerSecond: "megabits per second",
  roundTrips: "round trips",
  microsecondsMean: "round trip, mean, µs",
  microsecondsMedian: "round trip, median, µs",
  microseconds99: "round trip, 99 %, µs",
  microsecondsMax: "round trip, longest, µs",
}

function report(given: Given, figures: Readonly<Record<string, number>>): void {
  if (given.flag("json")) process.stdout.write(`${JSON.stringify(figures)}\n`)
  else {
    for (const [name, figure] of Object.entries(figures)) {
      const number = Number.isInteger(figure) ? String(figure) : figure.toFixed(3)
      process.stdout.write(`${LABELS[name]!.padEnd(24)} ${number}\n`)
    }
  }
}
