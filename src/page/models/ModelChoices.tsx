import { useEffect } from 'react';
import { usePage } from '../app/usePage';
import { Notices } from '../frame/Notices';
import { Catalogue } from './Catalogue';
import { refreshKept } from './commands';
import { KeptModels } from './KeptModels';
import { LocalFiles } from './LocalFiles';
import { OtherModel } from './OtherModel';
import './models.css';

/** What the dialog of models offers that do not ship with the page: of the hub, from this device, and what the browser keeps. */
export function ModelChoices() {
  const page = usePage();
  useEffect(() => void refreshKept(page), [page]);
  return (
    <>
      {/* The page's own notices lie behind the dialog. */}
      <Notices />
      <Catalogue />
      <OtherModel />
      <LocalFiles />
      <KeptModels />
    </>
  );
}
