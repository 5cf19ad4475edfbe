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
import { configure, ENDPOINTS, KEYS, place } from "./endpoints.js"
import { errorTextWithCause } from "./error-text.js"
import { stdoutBehind } from "./stdout.js"

const TYPES: Readonly<Record<string, () => Socket>> = {
  dealer: () => new Dealer(),
  pair: () => new Pair(),
  pub: () => new XPublisher(),
  pull: () => new Pull(),
  push: () => new Push(),
  rep: () => new Reply(),
  req: () => new Request(),
  router: () => new Router(),
  sub: () => new Subscriber(),
}

export const monitor: Command = {
  name: "monitor",
  summary: "Connects to URL and tells what happens: connections, handshakes, retries, refusals. Sends nothing.",
  usage: "URL [--type sub]",
  options: {
    type: {
      type: "string",
      value: "NAME",
      help: `what to connect as: ${Object.keys(TYPES).join(", ")}; default: dealer`,
    },
    count: { type: "string", short: "n", value: "N", help: "end after that many events" },
    json: { type: "boolean", help: "one JSON object a line" },
    ...ENDPOINTS,
  },
  notes: `A peer that does not talk to that type ends the connection; --type says which it does talk to.\n${KEYS}`,
  async run(given) {
    const type = given.choice("type", Object.keys(TYPES)) ?? "dealer"
    const count = given.number("count", 1) ?? Infinity
    const endpoints = [...given.positionals, ...given.list("connect")]
    if (endpoints.length + given.list("bind").length === 0) throw new UsageError("Missing endpoint: URL or --bind URL")
    const socket = TYPES[type]!()
    socket.linger = 0
    const observer = socket.events
    const stop = (): void => {
      socket.close()
    }
    given.signal.addEventListener("abort", stop, { once: true })
    try {
      configure(socket, given)
      await place(socket, given.list("bind"), endpoints)
      let told = 0
      for await (const event of observer) {
        if (event.type === "end") break
        process.stdout.write(given.flag("json") ? `${printableJson(JSON.stringify(toRecord(event)))}\n` : lineOf(event))
        await stdoutBehind(given.signal)
        if (++told >= count) break
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
