import { UsageError, type Command } from "./command.js"
import { keyOf } from "./endpoints.js"
import { probePeer, type Findings } from "./probe-peer.js"
import { printable, printableJson } from "../protocol.js"

const DEFAULT_TIMEOUT = 5000

/** Exit codes, for scripts. */
const EXIT_CODES: Readonly<Record<Findings["strangers"], number>> = { accepted: 0, rejected: 3, unknown: 4 }

export const probe: Command = {
  name: "probe",
  summary: "Reports what listens at URL: version, mechanism, socket type, and whether it accepts strangers.",
  usage: "URL",
  options: {
    "curve-server-key": { type: "string", value: "KEY", help: "CURVE: the server's public key, or a file that has it" },
    timeout: {
      type: "string",
      short: "t",
      value: "MS",
      help: `fail when an answer takes longer; default: ${DEFAULT_TIMEOUT}`,
    },
    json: { type: "boolean", help: "one JSON object" },
  },
  notes:
    "URL is tcp:// or ipc://. A stranger has no password, and a CURVE key that nobody knows.\n" +
    "Exit codes: 0 strangers are accepted, 3 they are rejected, 4 unknown, 1 nothing answered, 2 wrong usage.\n" +
    "It receives and sends no messages: of a server that would give it some, it does not ask for the socket type.",
  async run(given) {
    const [endpoint, ...others] = given.positionals
    if (endpoint === undefined || others.length > 0) throw new UsageError("Say what to probe: one URL")
    if (endpoint.includes("*")) throw new UsageError(`'${endpoint}' says what to bind, not what to probe`)
    const key = given.text("curve-server-key")
    const findings = await probePeer(endpoint, {
      timeout: given.number("timeout", 1) ?? DEFAULT_TIMEOUT,
      serverKey: key === undefined ? undefined : keyOf(key, "publicKey"),
      signal: given.signal,
    })
    const { version, mechanism, socketType, strangers, reason } = findings
    const rows = {
      endpoint,
      version: `ZMTP ${version}`,
      mechanism: mechanism ?? "none",
      socketType: socketType ?? "unknown",
      strangers,
      ...(reason === undefined ? {} : { reason }),
    }
    const text = given.flag("json")
      ? printableJson(
          JSON.stringify({ ...rows, version, mechanism: mechanism ?? null, socketType: socketType ?? null }),
        )
      : Object.entries(rows)
          .map(([name, value]) => `${LABELS[name as keyof typeof LABELS].padEnd(12)} ${printable(value)}`)
          .join("\n")
    process.stdout.write(`${text}\n`)
    return EXIT_CODES[strangers]
  },
}

const LABELS = {
  endpoint: "endpoint",
  version: "version",
  mechanism: "mechanism",
  socketType: "socket type",
  strangers: "strangers",
  reason: "because",
}
