import { cryptoLoaded, loadCrypto } from "../zmtp/curve/crypto.js"
import type { Credentials } from "../zmtp/engine.js"
import type { Security, Verdict } from "../zmtp/security.js"
import type { TransportHost, TransportOptions } from "./transport.js"
import { judge } from "./zap.js"

/** The security of connections: what has to be there for it, and who judges peers. */
export interface Guard {
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

/** All mechanisms, and ZAP. */
export const guard: Guard = {
  isPrepared: ({ mechanism }) => mechanism !== "CURVE" || cryptoLoaded(),
  prepare: loadCrypto,
  judge(host, { zapDomain, zapEnforceDomain, routingId }, credentials, address, gone) {
    const question = { ...credentials, domain: zapDomain, address, routingId }
    return judge(question, host.authenticator, host.inproc, zapEnforceDomain, gone)
  },
}
