import { printable, printableJson } from "../protocol.js"
import { UsageError, type Command } from "./command.js"
import { KEY_NOTES, keyOf, SERVER_KEY } from "./security.js"
import { probePeer, type Findings } from "./probe-peer.js"

const DEFAULT_TIMEOUT = 5000

/** Exit codes, for scripts. */
const EXIT_CODES: Readonly<Record<Findings["strangers"], number>> = { accepted: 0, rejected: 3, unknown: 4 }

export const probe: Command = {
  name: "probe",
  section: "Tools",
  summary: "Reports what listens at URL: version, mechanism, socket type, and whether it accepts strangers.",
  usage: "URL",
  options: {
    "curve-server-key": { ...SERVER_KEY, help: "CURVE: the public key of the server" },
    timeout: {
      type: "number",
      min: 1,
      short: "t",
      value: "MS",
      help: `fail if an answer takes longer; default: ${DEFAULT_TIMEOUT}`,
    },
    json: { type: "flag", help: "print one JSON object" },
  },
  examples: [
    { text: "What is this server?", command: "zmtp probe tcp://127.0.0.1:5555" },
    {
      text: "Fail unless a server rejects strangers",
      command: "zmtp probe tcp://example.org:5555 --curve-server-key server; test $? -eq 3",
    },
  ],
  notes: [
    "URL is tcp:// or ipc://. As a stranger, probe uses a random password or a new key. It sends and receives no messages:\n" +
      "it does not request the socket type if the server might send messages to it.",
    KEY_NOTES,
  ],
  exitCodes: {
    0: "strangers are accepted",
    1: "nothing answers, or the answer is not ZMTP",
    3: "strangers are rejected",
    4: "it is unknown whether strangers are accepted, such as with CURVE without the server's key",
  },
  async run(given) {
    const [endpoint, ...others] = given.positionals
    if (endpoint === undefined || others.length > 0)
      throw new UsageError(`Expected one URL to probe, got ${given.positionals.length}`)
    if (endpoint.includes("*"))
      throw new UsageError(`Invalid endpoint '${endpoint}': a wildcard is for --bind; probe needs an address`)
    const key = given.text("curve-server-key")
    const findings = await probePeer(endpoint, {
      timeout: given.number("timeout") ?? DEFAULT_TIMEOUT,
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
