import { Reply } from "../index.js"
import type { Command } from "./command.js"
import { NOTES, finish, receive, RECEIVING, using } from "./exchange.js"
import { formatOf } from "./format.js"
import { Output } from "./output.js"

export const rep: Command = {
  name: "rep",
  summary: "Prints requests and replies to each: with the request itself, or with --reply.",
  usage: "--bind URL",
  options: {
    reply: { type: "string", short: "r", value: "MESSAGE", help: "what to reply, in the format; default: the request" },
    ...RECEIVING,
  },
  notes: NOTES,
  async run(given) {
    const format = await formatOf(given, undefined)
    const text = given.text("reply")
    const fixed = text === undefined ? undefined : format.parse(text)
    await using(new Reply(), given, true, async (socket) => {
      const output = new Output(given, format)
      const count = given.number("count")
      for (let served = 0; count === undefined || served < count; served++) {
        const request = await receive(socket, given)
        await output.write(request)
        await socket.send(fixed ?? request)
      }
      finish(output)
    })
  },
}
