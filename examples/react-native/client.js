// A client in React Native, over the TCP sockets of react-native-tcp-socket. Import it into your app.
//
// React Native has no Buffer and no streams of its own. Metro selects the build of zmtp for the condition `react-native`, whose
// messages are Uint8Arrays. Hermes needs a polyfill for TextDecoder before version 0.81 of React Native.
import TcpSocket from "react-native-tcp-socket"
import { Request, useStreams } from "zmtp"

useStreams()

/** Sends requests to the REP at this address, and reconnects automatically. */
export async function ask(host, port, question) {
  const request = new Request({ reconnectInterval: 100, receiveTimeout: 5000 })
  const attachment = await request.attach(
    () =>
      new Promise((resolve, reject) => {
        const socket = TcpSocket.createConnection({ host, port }, () => resolve(socket))
        socket.once("error", reject)
      }),
  )
  try {
    await request.send(question)
    const [answer] = await request.receive()
    return new TextDecoder().decode(answer)
  } finally {
    attachment.close()
    request.close()
  }
}
