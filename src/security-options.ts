import { zmqError } from "./errors.js"
import { admitString, presentString, type OptionKind, type Settings } from "./options.js"
import { asFrame, decodeText, EMPTY, type Frame } from "./zmtp/bytes.js"
import { isCanonicalKey, KEY_SIZE } from "./zmtp/curve/keys.js"
import type { Security } from "./zmtp/security.js"
import { decodeZ85, encodeZ85 } from "./zmtp/z85.js"

/** Characters of Z85 that 32 bytes are. */
const Z85_SIZE = 40

type Mechanism = Security["mechanism"]

/**
 * Kinds of options that say who may come in. The mechanism and the role are those of the last option set that asks for
 * any; what is taken back, by `false` or `null`, leaves what the others ask for.
 */
export const securityOptions = {
  server: {
    admit(_rule, value) {
      if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
      return value
    },
    chosen({ name }, value, settings) {
      if (value === true) choose(settings, mechanismOf(name), true)
      else takeBack(settings, settings.mechanism === mechanismOf(name))
    },
    present({ name }, { mechanism, asServer }) {
      return asServer && mechanism === mechanismOf(name)
    },
  },

  credential: {
    admit(rule, value) {
      return value === null ? EMPTY : admitString(rule, value)
    },
    chosen(_rule, value, settings) {
      if (value === null) {
        takeBack(settings, false)
        return
      }
      settings.plainServer = false
      choose(settings, "PLAIN", false)
    },
    present(rule, settings) {
      return presentString(settings[rule.name] as Frame)
    },
  },

  key: {
    admit({ name }, value) {
      const key = admitKey(name, value)
      if (name !== "curveSecretKey" && !isCanonicalKey(key)) {
        throw invalidKey(name, "not the canonical form of an X25519 public key")
      }
      return key
    },
    chosen({ name }, _value, settings) {
      const isClient = name === "curveServerKey"
      if (isClient) settings.curveServer = false
      choose(settings, "CURVE", settings.asServer && !isClient)
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

function mechanismOf(name: keyof Settings): Mechanism {
  return name === "plainServer" ? "PLAIN" : "CURVE"
}

function choose(settings: Settings, mechanism: Mechanism, asServer: boolean): void {
  settings.mechanism = mechanism
  settings.asServer = asServer
}

/**
 * Something that asked for security was taken back, and with it the role if it was the server of the mechanism in use.
 * That stays while anything asks for it. The other one comes next, and NULL only when nothing asks for either: no value
 * and no order of options turns security off by accident.
 */
function takeBack(settings: Settings, role: boolean): void {
  const { mechanism, asServer, plainServer, curveServer } = settings
  if (isAskedFor(mechanism, settings)) choose(settings, mechanism, asServer && !role)
  else if (isAskedFor("PLAIN", settings)) choose(settings, "PLAIN", plainServer)
  else if (isAskedFor("CURVE", settings)) choose(settings, "CURVE", curveServer)
  else choose(settings, "NULL", false)
}

function isAskedFor(mechanism: Mechanism, settings: Settings): boolean {
  const { plainServer, plainUsername, plainPassword, curveServer } = settings
  const { curvePublicKey, curveSecretKey, curveServerKey } = settings
  const asked = {
    NULL: false,
    PLAIN: plainServer || plainUsername.length + plainPassword.length > 0,
    CURVE: curveServer || curvePublicKey.length + curveSecretKey.length + curveServerKey.length > 0,
  }
  return asked[mechanism]
}

/** 32 bytes, or their 40 characters of Z85. */
function admitKey(name: string, value: unknown): Frame {
  if (value === null) throw invalidKey(name, "null")
  if (typeof value !== "string" && !(value instanceof Uint8Array)) {
    throw new TypeError("Option value must be a string or buffer")
  }
  if (value.length === KEY_SIZE && typeof value !== "string") return asFrame(value).slice()
  const text = typeof value === "string" ? value : decodeText(value)
  if (text.length !== Z85_SIZE) {
    const size = `${value.length} ${typeof value === "string" ? "characters" : "bytes"}`
    throw invalidKey(name, `${size}, expected ${KEY_SIZE} bytes or ${Z85_SIZE} characters of Z85`)
  }
  try {
    return asFrame(decodeZ85(text))
  } catch (error) {
    throw invalidKey(name, (error as Error).message)
  }
}

/** Never with the key itself, which may be a secret one. */
function invalidKey(name: string, why: string): Error {
  return zmqError("EINVAL", { cause: new Error(`Invalid ${name}: ${why}`) })
}

/** Each value adds an address or a block to those accepted; `null` accepts all again. */
function admitFilter(value: unknown, { tcpAcceptFilter, ipv6 }: Settings): readonly string[] {
  if (value === null) return []
  if (typeof value !== "string" && !(value instanceof Uint8Array)) {
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
