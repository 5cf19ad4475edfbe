import { ClientProxy } from "@nestjs/microservices"
import { Dealer } from "zmtp"

/**
 * Sends messages and events to services with a `ZmtpServer`: with several endpoints, to each in turn.
 *
 * ClientsModule.register([{ name: "MATH", customClass: ZmtpClient, options: { endpoints: ["tcp://127.0.0.1:5555"] } }])
 */
export class ZmtpClient extends ClientProxy {
  #endpoints
  #options
  #dealer

  /** @param options `endpoints`, and options of the socket, such as those of CURVE. */
  constructor({ endpoints, ...options }) {
    super()
    this.#endpoints = endpoints
    this.#options = options
  }

  connect() {
    if (this.#dealer === undefined) {
      this.#dealer = new Dealer(this.#options)
      for (const endpoint of this.#endpoints) this.#dealer.connect(endpoint)
      void this.#receive(this.#dealer)
    }
    return Promise.resolve(this.#dealer)
  }

  close() {
    this.#dealer?.close()
    this.#dealer = undefined
  }

  /** Events of the socket, such as "handshake" or "connect:retry". */
  on(event, callback) {
    void this.connect()
    this.#dealer.events.on(event, callback)
  }

  unwrap() {
    return this.#dealer
  }

  publish(partialPacket, callback) {
    const packet = this.assignPacketId(partialPacket)
    this.routingMap.set(packet.id, callback)
    this.#dealer.send(JSON.stringify(packet)).catch((err) => callback({ err, isDisposed: true }))
    return () => this.routingMap.delete(packet.id)
  }

  dispatchEvent(packet) {
    return this.#dealer.send(JSON.stringify(packet))
  }

  async #receive(dealer) {
    for await (const [body] of dealer) {
      const { id, ...packet } = JSON.parse(body)
      // Drop replies that are no longer awaited, such as after a timeout.
      this.routingMap.get(id)?.(packet)
    }
  }
}
