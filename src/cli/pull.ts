import { Pull } from "../index.js"
import type { Command } from "./command.js"
import { NOTES, receiveAll, RECEIVING, using } from "./exchange.js"
import { formatOf } from "./format.js"

export const pull: Command = {
  name: "pull",
  summary: "Prints the messages of PUSH peers.",
  usage: "--bind URL",
  options: RECEIVING,
  notes: NOTES,
  async run(given) {
    const format = await formatOf(given, undefined)
    await using(new Pull(), given, true, (socket) => receiveAll(socket, given, format))
  },
}
