import { isIPv4, isIPv6, type Socket } from "node:net"
import { systemError, zmqError } from "../../core/errors.js"
import { concat, encodeText } from "../../zmtp/bytes.js"

const VERSION = 5
const NO_AUTHENTICATION = 0
const CONNECT = 1
/** Address types, and the size of those with a fixed size. */
const [IPV4, NAME, IPV6] = [1, 3, 4]
const ADDRESS_LENGTHS: Readonly<Record<number, number>> = { [IPV4]: 4, [IPV6]: 16 }

/**
 * Requests a connection to `host` from the SOCKS5 proxy to which `socket` is connected. The proxy looks up the host (RFC 1928).
 * Resolves when the connection is established.
 */
export async function askProxy(socket: Socket, host: string, port: number): Promise<void> {
  const reader = new Reader(socket)
  try {
    socket.write(Uint8Array.of(VERSION, 1, NO_AUTHENTICATION))
    const choice = await reader.read(2)
    if (choice[0] !== VERSION || choice[1] !== NO_AUTHENTICATION) throw refused("requires authentication")
    socket.write(request(host, port))
    const [version, status, , kind, first] = await reader.read(5)
    if (version !== VERSION || status !== 0) throw refused(`answered ${status ?? -1}`)
    // Skip the address that the proxy connects from. Its first byte, the length of a name, was read already.
    await reader.read((kind === NAME ? first! : (ADDRESS_LENGTHS[kind!] ?? 4) - 1) + 2)
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    reader.stop()
  }
}

function request(host: string, port: number): Uint8Array {
  const head = Uint8Array.of(VERSION, CONNECT, 0)
  const tail = Uint8Array.of(port >>> 8, port & 0xff)
  const address = encodeAddress(host)
  return concat([head, address, tail], head.length + address.length + tail.length)
}

function encodeAddress(host: string): Uint8Array {
  if (isIPv4(host)) return Uint8Array.of(IPV4, ...host.split(".").map(Number))
  if (isIPv6(host)) return Uint8Array.of(IPV6, ...encodeIpv6(host))
  const name = encodeText(host)
  return Uint8Array.of(NAME, name.length, ...name)
}

function encodeIpv6(host: string): number[] {
  const [address] = host.split("%")
  const [before, after = []] = address!.split("::").map((half) => half.split(":").flatMap(toBytes))
  const zeros = new Array<number>(16 - before!.length - after.length).fill(0)
  return [...before!, ...zeros, ...after]
}

/** Bytes of one group of an IPv6 address. The last may be an IPv4 address. */
function toBytes(group: string): number[] {
  if (group === "") return []
  if (group.includes(".")) return group.split(".").map(Number)
  const word = parseInt(group, 16)
  return [word >>> 8, word & 0xff]
}

function refused(why: string): Error {
  return zmqError("ECONNREFUSED", { message: `SOCKS proxy ${why}` })
}

/** Reads exactly the requested number of bytes, and leaves the rest in the socket. */
class Reader {
  #fail: (error: Error) => void = () => undefined
  #wake: () => void = () => undefined
  readonly #failed: Promise<never>

  constructor(private readonly socket: Socket) {
    this.#failed = new Promise((_, reject) => (this.#fail = reject))
    this.#failed.catch(() => undefined)
    socket.on("error", this.#onError)
    socket.on("end", this.#onEnd)
    socket.on("readable", this.#onReadable)
  }

  async read(length: number): Promise<Uint8Array> {
    for (;;) {
      const bytes = this.socket.read(length) as Uint8Array | null
      if (bytes !== null) return bytes
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.#failed])
    }
  }

  stop(): void {
    this.socket.off("error", this.#onError)
    this.socket.off("end", this.#onEnd)
    this.socket.off("readable", this.#onReadable)
  }

  readonly #onError = (error: Error): void => {
    this.#fail(systemError(error))
  }

  readonly #onEnd = (): void => {
    this.#fail(refused("closed the connection"))
  }

  readonly #onReadable = (): void => {
    this.#wake()
  }
}
