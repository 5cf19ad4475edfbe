import { Push } from "../index.js"
import type { Command } from "./command.js"
import { sendAll, SENDING, SENDING_NOTES, using } from "./exchange.js"
import { formatOf } from "./format.js"

export const push: Command = {
  name: "push",
  section: "Sockets",
  summary: "Distributes messages to PULL peers in turn. Waits while no peer is connected or all of them are busy.",
  usage: "--connect URL [MESSAGE …]",
  ...SENDING,
  examples: [
    { text: "Send two messages", command: "zmtp push --connect tcp://127.0.0.1:5557 one two" },
    { text: "Send each line of a file", command: "zmtp push --connect tcp://127.0.0.1:5557 --file jobs.txt" },
    {
      text: "Send a message of two frames every second, ten times",
      command: "zmtp push --connect tcp://127.0.0.1:5557 --format hex --interval 1000 --count 10 '01 cafe'",
    },
  ],
  notes: SENDING_NOTES,
  async run(given) {
    const format = await formatOf(given, undefined)
    await using(new Push(), given, false, (socket) => sendAll(socket, given, format, { count: given.number("count") }))
  },
}
