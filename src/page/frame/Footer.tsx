/** Says that no data leaves the device, how to get stable speeds, and which build this is. */
export function Footer() {
  return (
    <footer className="bottom">
      <p>Models, texts and results stay on this device. Nothing is uploaded.</p>
      <p>
        For stable speed measurements use a current browser, plug the computer in, keep this tab visible, and
        close other tabs and programs. Quality does not depend on any of this.
      </p>
      <p className="soft">
        Bitcurve {__VERSION__} ({__COMMIT__}) · Apache-2.0
      </p>
    </footer>
  );
}
