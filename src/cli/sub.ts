import { Subscriber } from "../index.js"
import type { Command } from "./command.js"
import { NOTES, receiveAll, RECEIVING, using } from "./exchange.js"
import { formatOf } from "./format.js"

export const sub: Command = {
  name: "sub",
  summary: "Prints what PUB peers publish.",
  usage: "--connect URL [--topic TEXT …]",
  options: {
    topic: { type: "string", multiple: true, value: "TEXT", help: "only what begins so; default: everything" },
    ...RECEIVING,
  },
  notes: NOTES,
  async run(given) {
    const format = await formatOf(given, "topic")
    await using(new Subscriber(), given, true, (socket) => {
      socket.subscribe(...given.list("topic"))
      return receiveAll(socket, given, format)
    })
  },
}
