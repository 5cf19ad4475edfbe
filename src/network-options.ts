import { warn } from "./core/runtime.js"
import { zmqError } from "./errors.js"
import { admitNumber, ANY_NUMBER, clamp, type OptionKind, type OptionRule } from "./options.js"
import { securityOptions } from "./security-options.js"
import type { OriginCheck } from "./transports/transport.js"
import type { Authenticator } from "./transports/zap.js"
import { EMPTY } from "./zmtp/bytes.js"

const UINT64: OptionKind = {
  admit(_rule, value) {
    if (typeof value !== "number") throw new TypeError("Option value must be a number")
    if (value > Number.MAX_SAFE_INTEGER) {
      warn("Value is larger than Number.MAX_SAFE_INTEGER and may have been rounded inaccurately.")
    }
    return clamp(value, [0, 2 ** 64])
  },
  present: ({ name }, settings) => settings[name],
}

const UINT32: OptionKind = {
  admit(rule, value) {
    if (typeof value === "number" && value >>> 0 > 0x7fff_ffff) throw zmqError("EINVAL")
    return admitNumber(rule, value)
  },
  present: ({ name }, settings) => settings[name],
}

/** Numbers that libzmq knows, for transports that are not there. */
const ABSENT: OptionKind = {
  admit(_rule, value) {
    if (typeof value !== "number") throw new TypeError("Option value must be a number")
    throw zmqError("EINVAL")
  },
  present() {
    throw zmqError("EINVAL")
  },
}

const ORIGIN: OptionKind = {
  admit(_rule, value) {
    if (value !== undefined && typeof value !== "string" && typeof value !== "function" && !Array.isArray(value)) {
      throw new TypeError("Origins must be a string, an array or a function")
    }
    return value as OriginCheck | undefined
  },
  present: (_rule, { webSocketOrigin }) => webSocketOrigin,
}

const AUTHENTICATOR: OptionKind = {
  admit(_rule, value) {
    if (value !== undefined && typeof value !== "function") throw new TypeError("Authenticator must be a function")
    return value as Authenticator | undefined
  },
  present: (_rule, { authenticate }) => authenticate,
}

/** The options of every socket that count, or are kept, where there are networks, security and heartbeats: not in browsers. */
export const NETWORK: readonly OptionRule[] = [
  { name: "affinity", id: 4, kind: UINT64, initial: 0 },
  { name: "rate", id: 8, initial: 100, min: 1 },
  { name: "recoveryInterval", id: 9, initial: 10_000 },
  { name: "backlog", id: 19, initial: 100 },
  { name: "tcpKeepalive", id: 34, initial: -1, min: -1, max: 1 },
  { name: "tcpKeepaliveCount", id: 35, initial: -1, min: -1 },
  { name: "tcpKeepaliveIdle", id: 36, initial: -1, min: -1 },
  { name: "tcpKeepaliveInterval", id: 37, initial: -1, min: -1 },
  { name: "tcpAcceptFilter", id: 38, kind: securityOptions.filter, initial: [] },
  { name: "plainServer", id: 44, kind: securityOptions.server, initial: false },
  { name: "plainUsername", id: 45, kind: securityOptions.credential, initial: EMPTY, min: 1, max: 255 },
  { name: "plainPassword", id: 46, kind: securityOptions.credential, initial: EMPTY, min: 1, max: 255 },
  { name: "curveServer", id: 47, kind: securityOptions.server, initial: false },
  { name: "curvePublicKey", id: 48, kind: securityOptions.key, initial: EMPTY },
  { name: "curveSecretKey", id: 49, kind: securityOptions.key, initial: EMPTY },
  { name: "curveServerKey", id: 50, kind: securityOptions.key, initial: EMPTY },
  { name: "zapDomain", id: 55, kind: "string", initial: EMPTY, min: 1, max: 255 },
  { name: "typeOfService", id: 57, kind: UINT32, initial: 0 },
  { name: "socksProxy", id: 68, kind: "string", initial: EMPTY, min: 1, nullable: true },
  { name: "heartbeatInterval", id: 75, initial: 0 },
  { name: "heartbeatTimeToLive", id: 76, initial: 0, min: -99, max: 6_553_599, step: 100 },
  { name: "heartbeatTimeout", id: 77, initial: -1 },
  { name: "tcpMaxRetransmitTimeout", id: 80, initial: 0 },
  { name: "multicastMaxTransportDataUnit", id: 84, initial: 1500, min: 1 },
  { name: "vmciBufferSize", id: 85, kind: ABSENT, initial: 0 },
  { name: "vmciBufferMinSize", id: 86, kind: ABSENT, initial: 0 },
  { name: "vmciBufferMaxSize", id: 87, kind: ABSENT, initial: 0 },
  { name: "vmciConnectTimeout", id: 88, kind: ABSENT, initial: 0 },
  { name: "interface", id: 92, kind: "string", initial: EMPTY, min: 1, max: 16, nullable: true },
  { name: "zapEnforceDomain", id: 93, kind: "boolean", initial: false, ...ANY_NUMBER },
  { name: "loopbackFastPath", id: 94, kind: "boolean", initial: false, ...ANY_NUMBER },
  { name: "wssKeyPem", id: 103, kind: "string", initial: EMPTY, nullable: true },
  { name: "wssCertPem", id: 104, kind: "string", initial: EMPTY, nullable: true },
  { name: "wssTrustPem", id: 105, kind: "string", initial: EMPTY, nullable: true },
  { name: "wssHostname", id: 106, kind: "string", initial: EMPTY, nullable: true },
  { name: "wssTrustSystem", id: 107, kind: "boolean", initial: false, ...ANY_NUMBER },
  { name: "maxConnections", id: 9002, initial: 65_536 },
  { name: "webSocketOrigin", id: 9005, kind: ORIGIN, initial: undefined },
  { name: "authenticate", id: 9006, kind: AUTHENTICATOR, initial: undefined },
]
