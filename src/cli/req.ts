import { Request } from "../index.js"
import type { Command } from "./command.js"
import { NOTES, finish, receive, SENDING, using } from "./exchange.js"
import { formatOf } from "./format.js"
import { messagesOf } from "./input.js"
import { Output } from "./output.js"

export const req: Command = {
  name: "req",
  summary: "Sends each message as a request and prints its reply.",
  usage: "--connect URL [MESSAGE …]",
  options: {
    ...SENDING,
    timeout: { type: "string", short: "t", value: "MS", help: "fail when a reply takes longer" },
  },
  notes: NOTES,
  async run(given) {
    const format = await formatOf(given, undefined)
    // A request that nobody took is not worth waiting for at the end.
    await using(new Request({ linger: 0 }), given, true, async (socket) => {
      const output = new Output(given, format)
      for await (const message of messagesOf(given, format, given.number("count"))) {
        await socket.send(message, { signal: given.signal, timeout: given.number("timeout") })
        await output.write(await receive(socket, given))
      }
      finish(output)
    })
  },
}
