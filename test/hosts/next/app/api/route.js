import { run } from "../../everything.mjs"

export const dynamic = "force-dynamic"

export async function GET() {
  return new Response(await run())
}
