import { Subscriber } from "../index.js"
import type { Command } from "./command.js"
import { receiveAll, RECEIVING, RECEIVING_NOTES, using } from "./exchange.js"
import { formatOf } from "./format.js"
import { Output } from "./output.js"

export const sub: Command = {
  name: "sub",
  section: "Sockets",
  summary: "Prints what PUB peers publish.",
  usage: "--connect URL [--topic TEXT …]",
  options: {
    topic: {
      type: "text",
      multiple: true,
      value: "TEXT",
      help: "print only topics that begin with TEXT; default: all",
    },
    ...RECEIVING.options,
  },
  groups: RECEIVING.groups,
  examples: [
    { text: "Print everything, with the time", command: "zmtp sub --connect tcp://127.0.0.1:5556 --timestamp" },
    {
      text: "Print two topics from two publishers with a template",
      command:
        "zmtp sub --connect tcp://a:5556 --connect tcp://b:5556 --topic weather. --topic news. --template '%t: %s\\n'",
    },
    {
      text: "Fail if nothing is published for 5 s",
      command: "zmtp sub --connect tcp://127.0.0.1:5556 --count 1 --timeout 5000",
    },
  ],
  notes: RECEIVING_NOTES,
  async run(given) {
    const format = await formatOf(given, "topic")
    const output = new Output(given, format, "topic")
    await using(new Subscriber(), given, true, (socket) => {
      socket.subscribe(...given.list("topic"))
      return receiveAll(socket, given, output)
    })
  },
}
