import { Publisher } from "../index.js"
import type { Command } from "./command.js"
import { sendAll, SENDING, SENDING_NOTES, using } from "./exchange.js"
import { formatOf } from "./format.js"

export const pub: Command = {
  name: "pub",
  section: "Sockets",
  summary: "Publishes messages to SUB peers. The first frame is the topic; messages without a subscriber are dropped.",
  usage: "--bind URL [--topic TEXT] [MESSAGE …]",
  options: {
    topic: { type: "text", value: "TEXT", help: "put this frame before each message" },
    wait: { type: "number", value: "N", help: "wait for N subscribers of the first message" },
    ...SENDING.options,
  },
  groups: SENDING.groups,
  examples: [
    {
      text: "Publish one message as soon as a peer has subscribed",
      command: "zmtp pub --bind tcp://*:5556 --topic weather.berlin --wait 1 '21 °C'",
    },
    { text: "Publish each line of a log", command: "tail -f app.log | zmtp pub --bind tcp://*:5556 --topic log" },
  ],
  notes: SENDING_NOTES,
  async run(given) {
    const topic = given.text("topic")
    const format = await formatOf(given, topic === undefined ? "topic" : undefined)
    const wait = given.number("wait") ?? 0
    await using(new Publisher(), given, false, (socket) =>
      sendAll(socket, given, format, {
        head: topic,
        count: given.number("count"),
        begin: async ([first]) => {
          const of = typeof first === "string" || Buffer.isBuffer(first) ? first : ""
          if (wait > 0) await socket.peersReady(wait, { topic: of, signal: given.signal })
        },
      }),
    )
  },
}
