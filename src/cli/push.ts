import { Push } from "../index.js"
import type { Command } from "./command.js"
import { NOTES, sendAll, SENDING, using } from "./exchange.js"
import { formatOf } from "./format.js"

export const push: Command = {
  name: "push",
  summary: "Deals messages out, each to one PULL peer. Waits while there is none, or all are busy.",
  usage: "--connect URL [MESSAGE …]",
  options: SENDING,
  notes: NOTES,
  async run(given) {
    const format = await formatOf(given, undefined)
    await using(new Push(), given, false, (socket) => sendAll(socket, given, format))
  },
}
