// The ws and wss transports, on servers and in browsers (RFC 45).

import { isIPv6 } from "node:net"
import { checkFamilies, localAddress, noSuchAddress, resolveLocal } from "../net/local-address.js"
import { listenNow, listenOn } from "../net/net-server.js"
import { systemResolver, type Resolver } from "../net/resolver.js"
import type { StreamDriver } from "../stream/stream-transport.js"
import { parseWsBindAddress, parseWsConnectAddress } from "./ws-address.js"
import { WsAttempt } from "./ws-attempt.js"
import { WsListener } from "./ws-listener.js"

// HTTP and TLS modules take as long to load as half of this library, so they are loaded on first use.

/** `ws://` or `wss://`, over the package `ws`. */
export function wsDriver(scheme: "ws" | "wss", resolver: Resolver = systemResolver): StreamDriver {
  return {
    delays: true,

    async listen(address, options, accepted, failed, trackPending) {
      const endpoint = `${scheme}://${address}`
      const { host, port, path } = parseWsBindAddress(scheme, address)
      const ip = await resolveLocal(host, options.ipv6, endpoint)
      const listener = new WsListener(scheme, ip, path, options, accepted, failed, trackPending)
      await listenOn(listener.server, { host: ip, port, backlog: options.backlog, exclusive: true }, endpoint, failed)
      return listener
    },

    listenSync(address, options, accepted, failed, trackPending) {
      const endpoint = `${scheme}://${address}`
      const { host, port, path } = parseWsBindAddress(scheme, address)
      const ip = localAddress(host, options.ipv6, endpoint)
      if (ip === undefined) throw noSuchAddress(host, endpoint)
      const listener = new WsListener(scheme, ip, path, options, accepted, failed, trackPending)
      listenNow(listener.server, [ip, port, isIPv6(ip) ? 6 : 4], options.backlog, endpoint, failed)
      return listener
    },

    check(address, { ipv6 }) {
      const { host, source } = parseWsConnectAddress(scheme, address)
      checkFamilies(`${scheme}://${address}`, host, source?.host, ipv6)
    },

    dial(address, options, connected, failed) {
      const attempt = new WsAttempt(resolver, connected, failed)
      attempt.start(scheme, address, options)
      return attempt
    },
  }
}
