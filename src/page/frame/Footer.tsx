/** Where the data goes (nowhere), how to get stable speeds, and which build this is. */
export function Footer() {
  return (
    <footer className="bottom">
      <p>Models, texts and results stay on this device. Nothing is uploaded.</p>
      <p>
        For stable speeds: current browser, plugged in, this tab visible, other tabs and programs closed.
        Quality does not depend on any of this.
      </p>
      <p className="soft">
        Bitcurve {__VERSION__} ({__COMMIT__}) · Apache-2.0
      </p>
    </footer>
  );
}
