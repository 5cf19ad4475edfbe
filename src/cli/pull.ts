import { Pull } from "../index.js"
import type { Command } from "./command.js"
import { receiveAll, RECEIVING, RECEIVING_NOTES, using } from "./exchange.js"
import { formatOf } from "./format.js"
import { Output } from "./output.js"

export const pull: Command = {
  name: "pull",
  section: "Sockets",
  summary: "Prints the messages of PUSH peers.",
  usage: "--bind URL",
  ...RECEIVING,
  examples: [
    { text: "Print what is pushed to port 5557", command: "zmtp pull --bind tcp://*:5557" },
    {
      text: "Keep 1,000 messages in a file, and send them again later",
      command:
        "zmtp pull --bind tcp://*:5557 --binary --count 1000 > messages\nzmtp push --connect tcp://127.0.0.1:5557 --binary --file messages",
    },
  ],
  notes: RECEIVING_NOTES,
  async run(given) {
    const format = await formatOf(given, undefined)
    const output = new Output(given, format)
    await using(new Pull(), given, true, (socket) => receiveAll(socket, given, output))
  },
}
