// A page in a window of Electron. Its preload script passes on the port that the main process gave it.
import { Request, useStreams } from "zmtp"

useStreams()

export async function greet(port, name) {
  const request = new Request()
  await request.attach(port)
  await request.send(name)
  const [greeting] = await request.receive()
  request.close()
  return new TextDecoder().decode(greeting)
}
