// Options that determine which peers may connect.

import { zmqError } from "../../core/errors.js"
import { asFrame, decodeText, EMPTY, type Frame } from "../../zmtp/bytes.js"
import { isCanonicalKey, KEY_SIZE } from "../../zmtp/handshake/curve/keys.js"
import type { Security } from "../../zmtp/handshake/security.js"
import { MAX_CREDENTIAL } from "../../zmtp/limits.js"
import { decodeZ85, encodeZ85 } from "../../zmtp/z85.js"
import {
  formatText,
  invalid,
  parseText,
  requireBoolean,
  requireText,
  type Option,
  type OptionFacts,
  type Scope,
  type SecuritySettings,
} from "./option.js"

// The option that was set last determines the mechanism. It also determines the role, except that a socket's own CURVE
// key keeps the role in use, even that of PLAIN, as in libzmq. Resetting an option with `false` or `null` keeps the
// mechanism as long as other options require it.

type Mechanism = Security["mechanism"]

/** Length of a 32-byte key in Z85, in characters. */
const Z85_SIZE = 40

type KeyFacts<S extends Scope, Id extends number> = Omit<OptionFacts<Frame, S, Id>, "initial">

/**
 * Whether a socket is the server of `mechanism`. Reads as false while another mechanism or the client role is in use.
 */
export function serverRole<const Id extends number, const S extends Scope = "all">(
  mechanism: "PLAIN" | "CURVE",
  facts: OptionFacts<boolean, S, Id>,
): Option<boolean, boolean, S, Id> {
  return {
    ...facts,
    native: "boolean",
    parse: requireBoolean,
    format: (_setting, settings) => settings.asServer && settings.mechanism === mechanism,
    afterSet(settings, value) {
      if (value === true) choose(settings, mechanism, true)
      else updateAfterReset(settings, settings.mechanism === mechanism)
    },
  }
}

/** A username or password for PLAIN, 1 to 255 bytes; `null` resets it. */
export function credential<const Id extends number, const S extends Scope = "all">(
  facts: KeyFacts<S, Id>,
): Option<Frame, string | null, S, Id> {
  return {
    ...facts,
    initial: EMPTY,
    native: "string",
    range: [1, MAX_CREDENTIAL],
    parse: (value, name) => (value === null ? EMPTY : parseText(value, name, 1, MAX_CREDENTIAL)),
    format: formatText,
    afterSet(settings, value) {
      if (value === null) {
        updateAfterReset(settings, false)
        return
      }
      settings.plainServer = false
      choose(settings, "PLAIN", false)
    },
  }
}

/** A socket's own public key for CURVE: 32 bytes, or 40 characters of Z85. */
export function publicKey<const Id extends number, const S extends Scope = "all">(
  facts: KeyFacts<S, Id>,
): Option<Frame, string | null, S, Id> {
  return { ...key(facts), parse: parsePublicKey, afterSet: chooseCurve }
}

/** A socket's own secret key for CURVE: 32 bytes, or 40 characters of Z85. */
export function secretKey<const Id extends number, const S extends Scope = "all">(
  facts: KeyFacts<S, Id>,
): Option<Frame, string | null, S, Id> {
  return { ...key(facts), parse: (value, name) => parseKey(name, value), afterSet: chooseCurve }
}

/** The public key of the CURVE server to connect to. Setting it makes the socket a client. */
export function serverKey<const Id extends number, const S extends Scope = "all">(
  facts: KeyFacts<S, Id>,
): Option<Frame, string | null, S, Id> {
  return {
    ...key(facts),
    parse: parsePublicKey,
    afterSet(settings) {
      settings.curveServer = false
      choose(settings, "CURVE", false)
    },
  }
}

/** Addresses and address blocks. Each assignment adds one; `null` removes all. As in libzmq, it cannot be read. */
export function addressFilter<const Id extends number, const S extends Scope = "all">(
  facts: Omit<OptionFacts<readonly string[], S, Id>, "initial">,
): Option<readonly string[], string | null, S, Id> {
  return {
    ...facts,
    initial: [],
    native: "string",
    parse(value, name, current, { ipv6 }) {
      if (value === null) return []
      const given = requireText(value)
      const block = typeof given === "string" ? given : decodeText(given)
      if (!isAddressBlock(block)) {
        throw invalid(name, `"${block}", expected an IP address or a block such as 10.0.0.0/8`)
      }
      if (block.includes(":") && !ipv6) throw invalid(name, `"${block}", an IPv6 address without the ipv6 option`)
      return [...current, block]
    },
    format() {
      throw zmqError("EINVAL")
    },
  }
}

function key<Id extends number, S extends Scope>(facts: KeyFacts<S, Id>) {
  return {
    ...facts,
    initial: EMPTY,
    native: "string",
    format: (setting: Frame): string | null => (setting.length === 0 ? null : encodeZ85(setting)),
  } as const
}

function chooseCurve(settings: SecuritySettings): void {
  choose(settings, "CURVE", settings.asServer)
}

function choose(settings: SecuritySettings, mechanism: Mechanism, asServer: boolean): void {
  settings.mechanism = mechanism
  settings.asServer = asServer
}

/**
 * Called after a security option was reset. If it was `plainServer` or `curveServer` of the mechanism in use, the role
 * becomes client. The mechanism stays as long as any option requires it; then the other mechanism is used if an option
 * requires that, and NULL otherwise. This way, no sequence of assignments turns security off by accident.
 */
function updateAfterReset(settings: SecuritySettings, role: boolean): void {
  const { mechanism, asServer, plainServer, curveServer } = settings
  if (isRequested(mechanism, settings)) choose(settings, mechanism, asServer && !role)
  else if (isRequested("PLAIN", settings)) choose(settings, "PLAIN", plainServer)
  else if (isRequested("CURVE", settings)) choose(settings, "CURVE", curveServer)
  else choose(settings, "NULL", false)
}

function isRequested(mechanism: Mechanism, settings: SecuritySettings): boolean {
  const { plainServer, plainUsername, plainPassword, curveServer } = settings
  const { curvePublicKey, curveSecretKey, curveServerKey } = settings
  const requested = {
    NULL: false,
    PLAIN: plainServer || plainUsername.length + plainPassword.length > 0,
    CURVE: curveServer || curvePublicKey.length + curveSecretKey.length + curveServerKey.length > 0,
  }
  return requested[mechanism]
}

function parsePublicKey(value: unknown, name: string): Frame {
  const key = parseKey(name, value)
  if (!isCanonicalKey(key)) throw invalid(name, "expected the canonical form of an X25519 public key")
  return key
}

/** Parses a key: 32 bytes, or 40 characters of Z85. Errors do not contain the key, because it may be secret. */
function parseKey(name: string, value: unknown): Frame {
  if (value === null) throw invalid(name, "null")
  const given = requireText(value)
  if (given.length === KEY_SIZE && typeof given !== "string") return asFrame(given).slice()
  const text = typeof given === "string" ? given : decodeText(given)
  if (text.length !== Z85_SIZE) {
    const size = `${given.length} ${typeof given === "string" ? "characters" : "bytes"}`
    throw invalid(name, `${size}, expected ${KEY_SIZE} bytes or ${Z85_SIZE} characters of Z85`)
  }
  try {
    return asFrame(decodeZ85(text))
  } catch (error) {
    throw invalid(name, error instanceof Error ? error.message : String(error))
  }
}

/** Whether `text` is `address` or `address/bits`, for IPv4 or IPv6. */
function isAddressBlock(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/")
  const ipv6 = address.includes(":")
  const known = ipv6
    ? /^[\da-f:.]+$/i.test(address)
    : /^(\d{1,3}\.){3}\d{1,3}$/.test(address) && address.split(".").every((byte) => Number(byte) < 256)
  return (
    known && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (ipv6 ? 128 : 32)))
  )
}
