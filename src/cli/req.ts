import { Request } from "../index.js"
import type { Command } from "./command.js"
import { EXCHANGING, finish, receive, RECEIVING_NOTES, SENDING, using } from "./exchange.js"
import { formatOf } from "./format.js"
import { messagesOf } from "./input.js"
import { Output } from "./output.js"

export const req: Command = {
  name: "req",
  section: "Sockets",
  summary: "Sends each message as a request and prints its reply.",
  usage: "--connect URL [MESSAGE …]",
  options: {
    ...SENDING.options,
    timeout: { type: "number", short: "t", value: "MS", help: "fail if a reply takes longer" },
  },
  groups: EXCHANGING,
  examples: [
    {
      text: "Send a request and print its reply",
      command: "zmtp req --connect tcp://127.0.0.1:5555 --timeout 2000 '4 + 5'",
    },
    {
      text: "The same with JSON",
      command: `zmtp req --connect tcp://127.0.0.1:5555 --format json '{"op":"add","of":[4,5]}'`,
    },
  ],
  notes: RECEIVING_NOTES,
  async run(given) {
    const format = await formatOf(given, undefined)
    const output = new Output(given, format)
    // Do not wait at the end for a request that no peer has accepted.
    await using(new Request({ linger: 0 }), given, true, async (socket) => {
      for await (const message of messagesOf(given, format, given.number("count"))) {
        await socket.send(message, { signal: given.signal, timeout: given.number("timeout") })
        await output.write(await receive(socket, given))
      }
      finish(output)
    })
  },
}
