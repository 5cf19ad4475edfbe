import { heartbeat, type HeartbeatMaker } from "../core/heartbeat.js"
import { cryptoLoaded, loadCrypto } from "../zmtp/curve/crypto.js"
import type { Credentials } from "../zmtp/engine.js"
import type { Security, Verdict } from "../zmtp/security.js"
import type { TransportHost, TransportOptions } from "./transport.js"
import { judge } from "./zap.js"

/** What connections of Node alone have: security, with what has to be there for it and who judges peers, and heartbeats. */
export interface Guard {
  readonly heartbeat: HeartbeatMaker
  /** Whether all is there that connections with this security need. */
  isPrepared(security: Security): boolean
  prepare(): Promise<void>
  /** @param gone Nobody waits for the verdict any more. */
  judge(
    host: TransportHost,
    options: TransportOptions,
    credentials: Credentials,
    address: string,
    gone: () => AbortSignal,
  ): Verdict | Promise<Verdict>
}

/** All mechanisms, ZAP, and heartbeats. */
export const guard: Guard = {
  heartbeat,
  isPrepared: ({ mechanism }) => mechanism !== "CURVE" || cryptoLoaded(),
  prepare: loadCrypto,
  judge(host, { zapDomain, zapEnforceDomain, routingId }, credentials, address, gone) {
    const question = { ...credentials, domain: zapDomain, address, routingId }
    return judge(question, host.authenticator, host.inproc, zapEnforceDomain, gone)
  },
}
