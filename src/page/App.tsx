import { useShown } from './app/useShown';
import { CurvePanel } from './chart/CurvePanel';
import { MeasurePanel } from './measure/MeasurePanel';
import { GlossaryPanel } from './glossary/GlossaryPanel';
import { Footer } from './frame/Footer';
import { Header } from './frame/Header';
import { later } from './widgets/later';
import { Notices } from './frame/Notices';
import { KeyboardSheet } from './frame/KeyboardSheet';
import { TablePanel } from './table/TablePanel';

const Editor = later(() => import('./editor/Editor').then((m) => m.Editor));
const GeneratePanel = later(() => import('./generate/GeneratePanel').then((m) => m.GeneratePanel));
const BenchPanel = later(() => import('./bench/BenchPanel').then((m) => m.BenchPanel));
const HistoryPanel = later(() => import('./history/HistoryPanel').then((m) => m.HistoryPanel));
const TrainPanel = later(() => import('./train/TrainPanel').then((m) => m.TrainPanel));

export function App() {
  const shown = useShown();
  return (
    <>
      <Header />
      <main>
        <MeasurePanel />
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
      <KeyboardSheet />
    </>
  );
}
