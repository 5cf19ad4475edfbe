import {
  Dealer,
  Pair,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  type Event,
  type Socket,
} from "../index.js"
import { printable, printableJson } from "../protocol.js"
import { UsageError, type Command } from "./command.js"
import { DRAFT_TYPES } from "./drafts.js"
import { configure, ENDPOINT_NOTES, ENDPOINTS, place } from "./endpoints.js"
import { errorTextWithCause } from "./error-text.js"
import { KEY_NOTES, SECURITY } from "./security.js"
import { stdoutDrained } from "./stdout.js"

const TYPES: Readonly<Record<string, () => Socket | Promise<Socket>>> = {
  dealer: () => new Dealer(),
  pair: () => new Pair(),
  pub: () => new XPublisher(),
  pull: () => new Pull(),
  push: () => new Push(),
  rep: () => new Reply(),
  req: () => new Request(),
  router: () => new Router(),
  sub: () => new Subscriber(),
  ...DRAFT_TYPES,
}

export const monitor: Command = {
  name: "monitor",
  section: "Tools",
  summary: "Reports what happens to the connections of a socket: attempts, handshakes, failures. Sends nothing.",
  usage: "URL | --bind URL [--type NAME]",
  options: {
    type: {
      type: "choice",
      value: "NAME",
      choices: Object.keys(TYPES),
      help: "the socket type, see below; default: dealer",
    },
    count: { type: "number", min: 1, short: "n", value: "N", help: "exit after N events" },
    json: { type: "flag", help: "print one JSON object per line" },
  },
  groups: [ENDPOINTS, SECURITY],
  examples: [
    {
      text: "Show whether a connection fails, and why",
      command: "zmtp monitor tcp://127.0.0.1:5555 --type req",
    },
    { text: "Show which peers connect", command: "zmtp monitor --bind tcp://*:5555 --json" },
  ],
  notes: [
    `Socket types: ${Object.keys(TYPES).join(" ")}.\nA peer that does not talk to the type ends the connection.`,
    ENDPOINT_NOTES,
    KEY_NOTES,
  ],
  async run(given) {
    const type = given.choice("type", Object.keys(TYPES)) ?? "dealer"
    const count = given.number("count") ?? Infinity
    const endpoints = [...given.positionals, ...given.list("connect")]
    if (endpoints.length + given.list("bind").length === 0)
      throw new UsageError("Missing endpoint: a URL to connect to, or --bind URL")
    const socket = await TYPES[type]!()
    socket.linger = 0
    const observer = socket.events
    const stop = (): void => {
      socket.close()
    }
    given.signal.addEventListener("abort", stop, { once: true })
    try {
      configure(socket, given)
      await place(socket, given.list("bind"), endpoints)
      let printed = 0
      for await (const event of observer) {
        if (event.type === "end") break
        process.stdout.write(given.flag("json") ? `${printableJson(JSON.stringify(toRecord(event)))}\n` : lineOf(event))
        await stdoutDrained(given.signal)
        if (++printed >= count) break
      }
    } finally {
      given.signal.removeEventListener("abort", stop)
      if (!socket.closed) socket.close()
      observer.close()
    }
  },
}

function lineOf(event: Event): string {
  const { time, type, address, interval, error } = toRecord(event)
  const detail = [
    address === undefined ? undefined : printable(address),
    interval === undefined ? undefined : `in ${interval} ms`,
    error,
  ]
  return `${time}  ${[type.padEnd(24), ...detail].filter((part) => part !== undefined).join("  ")}\n`
}

interface EventRecord {
  readonly time: string
  readonly type: string
  readonly address?: string
  readonly interval?: number
  readonly error?: string
}

function toRecord(event: Event): EventRecord {
  return {
    time: new Date().toISOString(),
    type: event.type,
    ...("address" in event ? { address: event.address } : {}),
    ...("interval" in event ? { interval: event.interval } : {}),
    ...("error" in event ? { error: errorTextWithCause(event.error) } : {}),
  }
}
