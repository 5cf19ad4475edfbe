// CURVE: encrypted messages, and handshakes.
import { body, bound, connected, Meter, watchPauses, zmq } from "../library.mjs"
import { pull } from "./push-pull.mjs"

// Only for measurements.
const SERVER = {
  publicKey: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
  secretKey: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
}
const CLIENT = {
  publicKey: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
  secretKey: "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs",
}
const server = { curveServer: true, curvePublicKey: SERVER.publicKey, curveSecretKey: SERVER.secretKey }
const client = {
  curveServerKey: SERVER.publicKey,
  curvePublicKey: CLIENT.publicKey,
  curveSecretKey: CLIENT.secretKey,
}
/** Number of clients that connect at the same time. */
const PARALLEL = 8

export function curvePull() {
  return pull(server)
}

export async function curvePush() {
  watchPauses()
  const socket = connected(new zmq.Push(client))
  for (;;) await socket.send(body)
}

/** Replies to every client: the server whose handshakes are counted. */
export async function greet() {
  const socket = await bound(new zmq.Router(server))
  for await (const message of socket) await socket.send(message)
}

/** Repeatedly connects, sends a message, receives its reply, and disconnects. */
export async function visit() {
  const counted = new Meter({ stride: 1 })
  const visitor = async () => {
    let over = false
    while (!over) {
      const socket = connected(new zmq.Dealer({ ...client, linger: 0 }))
      await socket.send(body)
      await socket.receive()
      socket.close()
      over = counted.count(1)
    }
  }
  await Promise.race(Array.from({ length: PARALLEL }, visitor))
}
