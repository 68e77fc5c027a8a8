import { useShownRecords } from './app/useShownRecords';
import { CurvePanel } from './chart/CurvePanel';
import { MeasurePanel } from './measure/MeasurePanel';
import { GlossaryPanel } from './glossary/GlossaryPanel';
import { Footer } from './frame/Footer';
import { Header } from './frame/Header';
import { lazyComponent } from './widgets/lazyComponent';
import { Notices } from './frame/Notices';
import { ShortcutsDialog } from './frame/ShortcutsDialog';
import { TablePanel } from './table/TablePanel';

const Editor = lazyComponent(() => import('./editor/Editor').then((m) => m.Editor));
const GeneratePanel = lazyComponent(() => import('./generate/GeneratePanel').then((m) => m.GeneratePanel));
const DecidePanel = lazyComponent(() => import('./decide/DecidePanel').then((m) => m.DecidePanel));
const BenchPanel = lazyComponent(() => import('./bench/BenchPanel').then((m) => m.BenchPanel));
const ClaimsPanel = lazyComponent(() => import('./claims/ClaimsPanel').then((m) => m.ClaimsPanel));
const HistoryPanel = lazyComponent(() => import('./history/HistoryPanel').then((m) => m.HistoryPanel));
const RoutingPanel = lazyComponent(() => import('./routing/RoutingPanel').then((m) => m.RoutingPanel));
const DeltaPanel = lazyComponent(() => import('./delta/DeltaPanel').then((m) => m.DeltaPanel));
const TrainPanel = lazyComponent(() => import('./train/TrainPanel').then((m) => m.TrainPanel));

export function App() {
  const shown = useShownRecords();
  return (
    <>
      <Header />
      <main>
        <MeasurePanel />
        <Notices />
        <Editor />
        <CurvePanel shown={shown} />
        <TablePanel shown={shown} />
        <DecidePanel shown={shown} />
        <GeneratePanel shown={shown} />
        <RoutingPanel />
        <TrainPanel />
        <DeltaPanel />
        <BenchPanel />
        <HistoryPanel />
        <ClaimsPanel />
        <GlossaryPanel />
      </main>
      <Footer />
      <ShortcutsDialog />
    </>
  );
}
