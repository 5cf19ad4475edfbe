import type { Readable, Socket, Writable } from "../index.js"
import type { Command, OptionTable } from "./command.js"
import { NOTES, receiveAll, RECEIVING, sendAll, SENDING, using } from "./exchange.js"
import { formatOf, type Envelope } from "./format.js"

const OPTIONS: OptionTable = {
  ...SENDING,
  ...RECEIVING,
  count: { type: "string", short: "n", value: "N", help: "end after receiving that many; 0: when all is sent" },
  send: { type: "string", value: "N", help: "send that many, those of the command line over and over" },
}

/** A command that sends its input and prints received messages at the same time. */
export function bothWays(
  name: string,
  summary: string,
  make: () => Socket & Readable & Writable,
  envelope?: Envelope,
): Command {
  return {
    name,
    summary,
    usage: "--bind URL | --connect URL [MESSAGE …]",
    options: OPTIONS,
    notes: NOTES,
    async run(given) {
      const format = await formatOf(given, envelope)
      await using(make(), given, true, async (socket) => {
        await Promise.all([
          sendAll(socket, given, format, { count: given.number("send") }),
          receiveAll(socket, given, format),
        ])
      })
    },
  }
}
