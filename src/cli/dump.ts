import { readFileSync } from "node:fs"
import { setImmediate } from "node:timers/promises"
import { UsageError, type Command, type Given } from "./command.js"
import { Conversation } from "./dump/conversation.js"
import { replay } from "./dump/replay.js"
import { addressOf, tee } from "./dump/tee.js"
import { stdoutBehind } from "./stdout.js"

export const dump: Command = {
  name: "dump",
  summary: "Shows ZMTP as it is spoken: between two peers (--listen, --target), or in a capture (--file).",
  usage: "--listen URL --target URL | --file CAPTURE",
  options: {
    listen: { type: "string", short: "l", value: "URL", help: "where the one side is to connect: tcp:// or ipc://" },
    target: { type: "string", short: "t", value: "URL", help: "where the other side is bound" },
    file: { type: "string", short: "f", value: "CAPTURE", help: "read a pcap or pcapng file, as tcpdump -w writes it" },
    port: { type: "string", short: "p", value: "N", help: "of a capture: only connections of this port" },
    bytes: { type: "string", value: "N", help: "how much of each frame to show; default: 64" },
    hex: { type: "boolean", help: "show frames in hexadecimal" },
    secrets: { type: "boolean", help: "show PLAIN passwords" },
    color: { type: "string", value: "WHEN", help: "always, never or auto: when stdout is a terminal, the default" },
  },
  notes: "'>' comes from the side that connected, '<' from the other. What CURVE has encrypted stays so.",
  async run(given) {
    const [listen, target, file] = [given.text("listen"), given.text("target"), given.text("file")]
    const begin = conversations(given)
    if (file !== undefined) {
      if (listen !== undefined || target !== undefined)
        throw new UsageError("--file cannot be combined with --listen or --target")
      const port = given.number("port")
      const connections = await replay(readFileSync(file), port, begin, pauseAt(given.signal))
      if (connections === 0) throw new Error(`No TCP connection in ${file}`)
      return
    }
    if (listen === undefined || target === undefined)
      throw new UsageError("Missing input: --listen and --target, or --file")
    addressOf(listen)
    const bound = (endpoint: string): void => void process.stderr.write(`listening on ${endpoint}\n`)
    await tee(listen, target, begin, bound, () => stdoutBehind(given.signal), given.signal)
  },
}

/** Packets to read at once, before the event loop turns and signals are heard. */
const AT_ONCE = 1000

/** What to wait for after each packet: whoever reads stdout, or now and then a turn of the event loop. */
function pauseAt(signal: AbortSignal): () => Promise<unknown> | undefined {
  let count = 0
  return () => stdoutBehind(signal) ?? (++count % AT_ONCE === 0 ? setImmediate(undefined, { signal }) : undefined)
}

/** Makes the conversations, numbered as they come. */
function conversations(given: Given): () => Conversation {
  const when = given.choice("color", ["always", "never", "auto"]) ?? "auto"
  const auto = process.stdout.isTTY && process.env["NO_COLOR"] === undefined
  const options = {
    bytes: given.number("bytes") ?? 64,
    hex: given.flag("hex"),
    secrets: given.flag("secrets"),
    colours: when === "always" || (when === "auto" && auto),
  }
  let count = 0
  return () => new Conversation(++count, options, (line) => process.stdout.write(line))
}
