import type { Socket } from "../index.js"
import type { Command, OptionTable } from "./command.js"
import {
  EXCHANGING,
  RECEIVING,
  RECEIVING_NOTES,
  receiveAll,
  sendAll,
  using,
  type Receiver,
  type Sender,
} from "./exchange.js"
import { readsStdin } from "./input.js"
import { formatOf, type Envelope } from "./format.js"
import { Output } from "./output.js"

const OPTIONS: OptionTable = {
  ...RECEIVING.options,
  count: {
    type: "number",
    short: "n",
    value: "N",
    help: "exit after N received messages; 0: when all messages are sent",
  },
  send: { type: "number", value: "N", help: "send N messages, repeating those of the command line" },
}

/** A command that sends its input and prints received messages at the same time. */
export function bothWays<S extends Socket>(
  about: Pick<Command, "name" | "summary" | "section" | "examples">,
  make: () => S | Promise<S>,
  /** The destination of messages: the socket, unless the envelope is not a frame. */
  through: (socket: S) => Sender & Receiver,
  envelope?: Envelope,
): Command {
  return {
    ...about,
    usage: "--bind URL | --connect URL [MESSAGE …]",
    options: OPTIONS,
    groups: EXCHANGING,
    notes: RECEIVING_NOTES,
    async run(given) {
      const format = await formatOf(given, envelope, about.section === "Draft sockets")
      const output = new Output(given, format, envelope)
      await using(await make(), given, true, async (socket) => {
        const peers = through(socket)
        const enough = new AbortController()
        const sending = sendAll(peers, given.until(enough.signal), format, { count: given.number("send") })
        const receiving = receiveAll(peers, given, output).then(() => {
          // Stop waiting for input, unless all of it must be sent.
          if (readsStdin(given) && given.number("count") !== 0) enough.abort()
        })
        const sent = sending.catch((error: unknown) => {
          if (!enough.signal.aborted) throw error
        })
        await Promise.all([sent, receiving])
      })
    },
  }
}
