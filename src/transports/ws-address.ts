import { parseBindAddress, parseConnectAddress, type TcpAddress } from "./tcp-address.js"

/** The address of a `ws://` or `wss://` endpoint. */
export interface WsAddress extends TcpAddress {
  /** Begins with `/`. */
  readonly path: string
}

/** @throws ZmqError EINVAL */
export function parseWsBindAddress(scheme: string, address: string): WsAddress {
  const [origin, path] = split(address)
  return { ...parseBindAddress(origin, `${scheme}://${address}`), path }
}

/** @throws ZmqError EINVAL */
export function parseWsConnectAddress(scheme: string, address: string): WsAddress {
  const [origin, path] = split(address)
  return { ...parseConnectAddress(origin, `${scheme}://${address}`), path }
}

function split(address: string): [origin: string, path: string] {
  const at = address.indexOf("/")
  return at < 0 ? [address, "/"] : [address.slice(0, at), address.slice(at)]
}
