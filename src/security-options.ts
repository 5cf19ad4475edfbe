import { zmqError } from "./errors.js"
import { admitString, presentString, type OptionKind, type Settings } from "./options.js"
import { asFrame, decodeText, isBytes, type Frame } from "./zmtp/bytes.js"
import { decodeZ85, encodeZ85 } from "./zmtp/z85.js"

const KEY_SIZE = 32

/**
 * Kinds of options that say who may come in. The mechanism and the role are those of the last
 * option set that has a say in them.
 */
export const securityOptions = {
  /** Whoever is no longer the server of its mechanism is not said to be. */
  server: {
    admit(_rule, value) {
      if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
      return value
    },
    chosen({ name }, value, settings) {
      settings.mechanism = value !== true ? "NULL" : name === "plainServer" ? "PLAIN" : "CURVE"
      settings.asServer = value === true
    },
    present({ name }, { mechanism, asServer }) {
      return asServer && mechanism === (name === "plainServer" ? "PLAIN" : "CURVE")
    },
  },

  /** `null` turns PLAIN off and leaves the value. */
  credential: {
    admit(rule, value, settings) {
      return value === null ? settings[rule.name] : admitString(rule, value)
    },
    chosen(_rule, value, settings) {
      settings.mechanism = value === null ? "NULL" : "PLAIN"
      if (value !== null) settings.asServer = false
    },
    present(rule, settings) {
      return presentString(settings[rule.name] as Frame)
    },
  },

  key: {
    admit(_rule, value) {
      return admitKey(value)
    },
    chosen({ name }, _value, settings) {
      settings.mechanism = "CURVE"
      if (name === "curveServerKey") settings.asServer = false
    },
    present(rule, settings) {
      const key = settings[rule.name] as Frame
      return key.length === 0 ? null : encodeZ85(key)
    },
  },

  filter: {
    admit(_rule, value, settings) {
      return admitFilter(value, settings)
    },
    present() {
      throw zmqError("EINVAL")
    },
  },
} satisfies Readonly<Record<string, OptionKind>>

/** 32 bytes, or their 40 characters of Z85. */
function admitKey(value: unknown): Frame {
  if (typeof value !== "string" && !isBytes(value)) {
    throw new TypeError("Option value must be a string or buffer")
  }
  if (value.length === KEY_SIZE && typeof value !== "string") return asFrame(value).slice()
  const text = typeof value === "string" ? value : decodeText(value)
  try {
    if (text.length === 40) return asFrame(decodeZ85(text))
  } catch (error) {
    throw zmqError("EINVAL", { cause: error })
  }
  throw zmqError("EINVAL", { cause: new Error("A key has 32 bytes, or 40 characters of Z85") })
}

/** Each value adds an address or a block to those accepted; `null` accepts all again. */
function admitFilter(value: unknown, { tcpAcceptFilter, ipv6 }: Settings): readonly string[] {
  if (value === null) return []
  if (typeof value !== "string" && !isBytes(value)) {
    throw new TypeError("Option value must be a string or buffer")
  }
  const block = typeof value === "string" ? value : decodeText(value)
  if (!isAddressBlock(block) || (block.includes(":") && !ipv6)) throw zmqError("EINVAL")
  return [...tcpAcceptFilter, block]
}

/** `address` or `address/bits` of IPv4 or IPv6. */
function isAddressBlock(text: string): boolean {
  const [address, bits, ...rest] = text.split("/")
  const ipv6 = address!.includes(":")
  const known = ipv6
    ? /^[\da-f:.]+$/i.test(address!)
    : /^(\d{1,3}\.){3}\d{1,3}$/.test(address!) && address!.split(".").every((byte) => Number(byte) < 256)
  return (
    known && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (ipv6 ? 128 : 32)))
  )
}
