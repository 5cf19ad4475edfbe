import { readFileSync } from "node:fs"
import { setImmediate } from "node:timers/promises"
import { UsageError, type Command, type Given } from "./command.js"
import { Conversation } from "./dump/conversation.js"
import { replay } from "./dump/replay.js"
import { addressOf, tee } from "./dump/tee.js"
import { stdoutDrained } from "./stdout.js"

export const dump: Command = {
  name: "dump",
  section: "Tools",
  summary: "Shows the protocol between two peers (--listen, --target), or in a capture (--file).",
  usage: "--listen URL --target URL | --file CAPTURE",
  options: {
    listen: { type: "text", short: "l", value: "URL", help: "bind URL, to which one side connects: tcp:// or ipc://" },
    target: { type: "text", short: "t", value: "URL", help: "connect to URL, where the other side is bound" },
    file: { type: "file", short: "f", value: "CAPTURE", help: "read a pcap or pcapng file, such as tcpdump -w writes" },
    port: { type: "number", short: "p", value: "N", help: "show only connections of this port of a capture" },
    bytes: { type: "number", value: "N", help: "show at most N bytes of each frame; default: 64" },
    hex: { type: "flag", help: "show frames in hexadecimal" },
    secrets: { type: "flag", help: "show PLAIN passwords" },
    color: {
      type: "choice",
      value: "WHEN",
      choices: ["always", "never", "auto"],
      help: "always, never, or auto (default): if stdout is a terminal",
    },
  },
  examples: [
    {
      text: "Let the client connect to 6000 instead of 5555, and see what both send",
      command: "zmtp dump --listen tcp://127.0.0.1:6000 --target tcp://127.0.0.1:5555",
    },
    {
      text: "Read a capture",
      command: "tcpdump -i lo -w capture.pcap port 5555\nzmtp dump --file capture.pcap --port 5555",
    },
  ],
  notes: [
    "Each line contains the seconds since the start, the connection number, and the direction: > comes from the side\n" +
      "that connected, < from the other. Data that CURVE encrypts stays encrypted.\n" +
      "A direction is shown up to its first frame of more than 64 MiB.",
  ],
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
      throw new UsageError("Missing input: --listen URL and --target URL, or --file CAPTURE")
    addressOf(listen)
    const bound = (endpoint: string): void => void process.stderr.write(`listening on ${endpoint}\n`)
    await tee(listen, target, begin, bound, () => stdoutDrained(given.signal), given.signal)
  },
}

/** Number of packets to read before the event loop turns, so that signals are handled. */
const AT_ONCE = 1000

/** Returns a promise to wait for after each packet: for a slow reader of stdout, or occasionally for the event loop. */
function pauseAt(signal: AbortSignal): () => Promise<unknown> | undefined {
  let count = 0
  return () => stdoutDrained(signal) ?? (++count % AT_ONCE === 0 ? setImmediate(undefined, { signal }) : undefined)
}

/** Creates the conversations, with consecutive numbers. */
function conversations(given: Given): () => Conversation {
  const when = given.choice("color", ["always", "never", "auto"]) ?? "auto"
  const auto = process.stdout.isTTY && process.env["NO_COLOR"] === undefined
  const options = {
    bytes: given.number("bytes") ?? 64,
    hex: given.flag("hex"),
    secrets: given.flag("secrets"),
    colors: when === "always" || (when === "auto" && auto),
  }
  let count = 0
  return () => new Conversation(++count, options, (line) => process.stdout.write(line))
}
