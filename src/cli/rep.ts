import { Reply } from "../index.js"
import type { Command } from "./command.js"
import { finish, receive, RECEIVING, RECEIVING_NOTES, using } from "./exchange.js"
import { formatOf } from "./format.js"
import { Output } from "./output.js"

export const rep: Command = {
  name: "rep",
  section: "Sockets",
  summary: "Prints requests, and replies to each with the request itself or with --reply.",
  usage: "--bind URL",
  options: {
    reply: {
      type: "text",
      short: "r",
      value: "MESSAGE",
      help: "reply with MESSAGE, written in --format; default: the request",
    },
    ...RECEIVING.options,
  },
  groups: RECEIVING.groups,
  examples: [
    { text: "Send every request back", command: "zmtp rep --bind tcp://*:5555" },
    {
      text: "Reply with JSON to one request",
      command: `zmtp rep --bind tcp://*:5555 --format json --reply '{"ok":true}' --count 1`,
    },
  ],
  notes: RECEIVING_NOTES,
  async run(given) {
    const format = await formatOf(given, undefined)
    const output = new Output(given, format)
    const text = given.text("reply")
    const fixed = text === undefined ? undefined : format.parse(text)
    await using(new Reply(), given, true, async (socket) => {
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
