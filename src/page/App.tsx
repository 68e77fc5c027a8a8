import { useShown } from './app/useShown';
import { BenchPanel } from './bench/BenchPanel';
import { CurvePanel } from './chart/CurvePanel';
import { Deck } from './deck/Deck';
import { Editor } from './editor/Editor';
import { GeneratePanel } from './generate/GeneratePanel';
import { GlossaryPanel } from './glossary/GlossaryPanel';
import { HistoryPanel } from './history/HistoryPanel';
import { Footer } from './parts/Footer';
import { Header } from './parts/Header';
import { later } from './parts/later';
import { Notices } from './parts/Notices';
import { Sheet } from './parts/Sheet';
import { TablePanel } from './table/TablePanel';

const TrainPanel = later(() => import('./train/TrainPanel').then((m) => m.TrainPanel));

export function App() {
  const shown = useShown();
  return (
    <>
      <Header />
      <main>
        <Deck />
        <Notices />
        <Editor />
        <CurvePanel shown={shown} />
        <TablePanel shown={shown} />
        <GeneratePanel shown={shown} />
        <TrainPanel />
        <BenchPanel />
        <HistoryPanel />
        <GlossaryPanel />
      </main>
      <Footer />
      <Sheet />
    </>
  );
}
