import { Publisher, XPublisher } from "../index.js"
import type { Command, Given } from "./command.js"
import { NOTES, sendAll, SENDING, using } from "./exchange.js"
import { formatOf, type Format } from "./format.js"

export const pub: Command = {
  name: "pub",
  summary: "Publishes messages to SUB peers. Their first frame is the topic; nobody waits for those who are not there.",
  usage: "--bind URL [--topic TEXT] [MESSAGE …]",
  options: {
    topic: { type: "string", value: "TEXT", help: "put this frame before each message" },
    wait: { type: "string", value: "N", help: "begin when there were that many subscriptions" },
    ...SENDING,
  },
  notes: NOTES,
  async run(given) {
    const topic = given.text("topic")
    const format = await formatOf(given, topic === undefined ? "topic" : undefined)
    const wait = given.number("wait") ?? 0
    if (wait === 0) await using(new Publisher(), given, false, (socket) => sendAll(socket, given, format, { topic }))
    else {
      const socket = new XPublisher({ verbosity: "allSubs" })
      await using(socket, given, false, () => publishTo(socket, wait, given, format))
    }
  },
}

async function publishTo(socket: XPublisher, wait: number, given: Given, format: Format): Promise<void> {
  for (let subscriptions = 0; subscriptions < wait;) {
    const [news] = await socket.receive({ signal: given.signal })
    if (news?.[0] === 1) subscriptions++
  }
  // Those who come later count only when they are heard.
  void hear(socket)
  await sendAll(socket, given, format, { topic: given.text("topic") })
}

async function hear(socket: XPublisher): Promise<void> {
  for await (const {} of socket);
}
