export default function Page() {
  return <p>The route is /api.</p>
}
