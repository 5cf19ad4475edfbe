import { printable, printableJson } from "../protocol.js"
import { UsageError, type Command } from "./command.js"
import { KEY_NOTES, keyOf, SERVER_KEY } from "./security.js"
import { probePeer, type Findings } from "./probe-peer.js"

const DEFAULT_TIMEOUT = 5000

/** Exit codes, for scripts. */
const EXIT_CODES: Readonly<Record<Findings["unauthenticated"], number>> = { accepted: 0, rejected: 3, unknown: 4 }

export const probe: Command = {
  name: "probe",
  section: "Tools",
  summary:
    "Reports what listens at URL: version, mechanism, socket type, and whether it accepts unauthenticated peers.",
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
      text: "Fail unless a server rejects unauthenticated peers",
      command: "zmtp probe tcp://example.org:5555 --curve-server-key server; test $? -eq 3",
    },
  ],
  notes: [
    "URL is tcp:// or ipc://. With PLAIN, probe sends a random password; with CURVE, it uses a new key.\n" +
      "It sends and receives no messages: it does not request the socket type if the server might send messages to it.",
    KEY_NOTES,
  ],
  exitCodes: {
    0: "unauthenticated peers are accepted",
    1: "nothing answers, or the answer is not ZMTP",
    3: "unauthenticated peers are rejected",
    4: "it is unknown whether unauthenticated peers are accepted, such as with CURVE without the server's key",
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
    const { version, mechanism, socketType, unauthenticated, reason } = findings
    const rows = {
      endpoint,
      version: `ZMTP ${version}`,
      mechanism: mechanism ?? "none",
      socketType: socketType ?? "unknown",
      unauthenticated,
      ...(reason === undefined ? {} : { reason }),
    }
    const text = given.flag("json")
      ? printableJson(
          JSON.stringify({ ...rows, version, mechanism: mechanism ?? null, socketType: socketType ?? null }),
        )
      : Object.entries(rows)
          .map(([name, value]) => `${LABELS[name as keyof typeof LABELS].padEnd(LABEL_WIDTH)}  ${printable(value)}`)
          .join("\n")
    process.stdout.write(`${text}\n`)
    return EXIT_CODES[unauthenticated]
  },
}

const LABELS = {
  endpoint: "endpoint",
  version: "version",
  mechanism: "mechanism",
  socketType: "socket type",
  unauthenticated: "unauthenticated peers",
  reason: "because",
}

/** In characters. */
const LABEL_WIDTH = Math.max(...Object.values(LABELS).map((label) => label.length))
