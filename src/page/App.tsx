import type { ComponentType } from 'react';
import { useView } from './app/usePage';
import { useShownRecords, type ShownRecords } from './app/useShownRecords';
import { MeasurePanel } from './measure/MeasurePanel';
import { Footer } from './frame/Footer';
import { Header } from './frame/Header';
import { lazyComponent } from './widgets/lazyComponent';
import { Notices } from './frame/Notices';
import { ShortcutsDialog } from './frame/ShortcutsDialog';
import { CurveView } from './views/CurveView';
import { ViewNav } from './views/ViewNav';
import type { ViewId } from './views/views';

type View = ComponentType<{ shown: ShownRecords }>;

const LOADING = <p className="panel soft view-loading">Loading…</p>;
const lazyView = (load: () => Promise<View>): View => lazyComponent(load, LOADING);

const EmbeddedPage = lazyComponent(() => import('./embed/EmbeddedPage').then((m) => m.EmbeddedPage));
const Editor = lazyComponent(() => import('./editor/Editor').then((m) => m.Editor));

const VIEW_COMPONENTS: Readonly<Record<ViewId, View>> = {
  curve: CurveView,
  compare: lazyView(() => import('./compare/ComparePanel').then((m) => m.ComparePanel)),
  inspect: lazyView(() => import('./inspect/InspectPanel').then((m) => m.InspectPanel)),
  generate: lazyView(() => import('./generate/GeneratePanel').then((m) => m.GeneratePanel)),
  decide: lazyView(() => import('./views/DecideView').then((m) => m.DecideView)),
  train: lazyView(() => import('./train/TrainPanel').then((m) => m.TrainPanel)),
  benchmark: lazyView(() => import('./bench/BenchPanel').then((m) => m.BenchPanel)),
  tasks: lazyView(() => import('./views/TasksView').then((m) => m.TasksView)),
  learn: lazyView(() => import('./learn/LearnPanel').then((m) => m.LearnPanel)),
  history: lazyView(() => import('./history/HistoryPanel').then((m) => m.HistoryPanel)),
  glossary: lazyView(() => import('./glossary/GlossaryPanel').then((m) => m.GlossaryPanel)),
};

/** The run bar, which is always there, and one view below it. */
export function App() {
  const shown = useShownRecords();
  const { editorOpen, view, embedded } = useView((s) => s);
  const View = VIEW_COMPONENTS[view];
  if (embedded) return <EmbeddedPage shown={shown} />;
  return (
    <>
      <Header />
      <main>
        <MeasurePanel />
        <Notices />
        {editorOpen && <Editor />}
        <ViewNav />
        <View shown={shown} />
      </main>
      <Footer />
      <ShortcutsDialog />
    </>
  );
}
