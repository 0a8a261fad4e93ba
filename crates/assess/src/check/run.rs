//! The one path from files to a check.

use super::{
    AttackPath, Check, Exposure, File, Input, Question, Subject, Tally,
    attack::{self, Ways},
    object::{self, About, Judged, region},
    read::{Contents, ReadFile, read},
    rules::Rules,
    settle,
};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, Pod, Source};
use cofferdam_model::{Problem, ProblemKind};
use cofferdam_policy::{Facts, Outcome, Target};
use cofferdam_posture::{
    self as posture, DockerfileFacts, KindSet, ObjectFacts, ObjectId, ObjectSet, World,
};
use cofferdam_secrets::Scanner;
use rayon::{iter::Either, prelude::*};
use std::{
    collections::{BTreeSet, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// Reads, joins, judges and ranks. `problems` are those of finding the files.
///
/// The result depends on the files and the question alone: not on the number of threads, nor on
/// the order of the inputs.
pub fn check(
    targets: Vec<String>,
    mut inputs: Vec<Input>,
    mut problems: Vec<Problem>,
    question: &Question<'_>,
    meter: &Meter,
) -> Check {
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    let mut files = read(inputs, meter);
    for file in &mut files {
        problems.append(&mut file.problems);
    }
    judged(targets, files, problems, &Beside::default(), question)
}

/// What is known besides the files.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    /// The files hold everything that there is, or all of it that their objects are joined with.
    pub(crate) is_whole: bool,
    /// But for objects of these kinds, of which there may be more.
    pub(crate) lacking: KindSet,
    /// The files that attack paths lead over, where they were looked for among more than these.
    pub(crate) on_path: Option<&'a BTreeSet<String>>,
    /// The world, where it was made ready before.
    pub(crate) world: Option<Arc<World>>,
}

/// What is known of all objects of these files together.
pub(crate) struct Whole {
    /// The attack paths.
    pub(crate) paths: Vec<AttackPath>,
    /// The files that they lead over.
    pub(crate) over: BTreeSet<String>,
    /// The namespaces in which nothing may reach a pod that no policy lets in.
    pub(crate) default_denials: BTreeSet<String>,
    /// The namespaces of which it is not known whether others deny by default; nothing: all.
    pub(crate) unknown_denials: Option<BTreeSet<String>>,
}

/// Looks through all objects of these files together; of some kinds there may be more.
pub(crate) fn whole(files: &[ReadFile], lacking: KindSet) -> Whole {
    let set = ObjectSet::of(files.iter().filter_map(ReadFile::source)).lacking(lacking);
    let numbers = numbers(files);
    let file = |id| {
        let source = set.get(id)?.source;
        files.get(*numbers.get(&address(source))?)
    };
    let ways = attack::ways(&set, |_| true, file);
    let over = ways.objects.iter().filter_map(|id| Some(file(*id)?.path.to_string()));
    let over = over.collect();
    let network = set.network();
    let default_denials = network.default_denials().map(str::to_owned).collect();
    let unknown_denials = network.partial().map(|names| names.map(str::to_owned).collect());
    Whole { paths: ways.paths, over, default_denials, unknown_denials }
}

/// Joins, judges and ranks what was read, in the order of the paths.
pub(crate) fn judged(
    targets: Vec<String>,
    files: Vec<ReadFile>,
    mut problems: Vec<Problem>,
    beside: &Beside<'_>,
    question: &Question<'_>,
) -> Check {
    let bytes = files.iter().map(|file| u64::try_from(file.text.len()).unwrap_or(0)).sum();
    let rules = Rules::of(question.bundle, question.stage, question.pod_security);
    let room = Room::of(&files, &rules, beside, question);
    problems.extend(room.too_many());
    problems.extend(room.unfollowed());
    let items = room.items();
    // Into its place each: a vector that grows would have room for twice as many, beside all that
    // was read.
    let all: Vec<_> = items.par_iter().map(|item| room.contained(*item)).collect();
    let paths = room.ways.paths.clone();
    let mut listed: Vec<File> = files.iter().map(listed).collect();
    let objects = files.iter().map(ReadFile::objects).sum();
    let dockerfiles = files.iter().filter(|file| file.source().is_none()).count();
    // The findings stand for themselves; what they were read from is the most of all memory.
    drop(room);
    drop(files);
    let mut judged: Vec<(Subject, Judged)> = Vec::with_capacity(all.len());
    for one in all.into_iter().flatten() {
        match one {
            Either::Left(one) => judged.push(one),
            Either::Right(bug) => problems.push(bug),
        }
    }
    for (subject, judged) in &judged {
        if let Some(file) = listed.get_mut(subject.file) {
            file.passed += judged.passed;
        }
    }
    let passed = judged.iter().map(|(_, judged)| judged.passed).sum();
    let tally = Tally { objects, dockerfiles, judged: judged.len(), passed, bytes };
    let mut check = Check {
        targets,
        now: question.now,
        stage: question.stage,
        kubernetes_version: question.kubernetes_minor.map(|minor| format!("1.{minor}")),
        files: listed,
        subjects: Vec::new(),
        rules: rules.all,
        findings: Vec::new(),
        paths,
        problems,
        exceptions: Vec::new(),
        tally,
        outcome: Outcome::Pass,
        fail_on: question.fail_on,
        valid_until: judged.iter().filter_map(|(_, judged)| judged.valid_until).min(),
    };
    settle::settle(&mut check, judged, beside.is_whole, question);
    check
}

fn listed(file: &ReadFile) -> File {
    File { path: file.path.to_string(), kind: file.file_kind(), objects: file.objects(), passed: 0 }
}

/// What is judged: an object of the set, or a Dockerfile by the number of its file.
#[derive(Clone, Copy)]
enum Item {
    Object(ObjectId),
    Dockerfile(usize),
}

/// Everything that judging one thing looks at.
struct Room<'a> {
    files: &'a [ReadFile],
    rules: &'a Rules,
    beside: &'a Beside<'a>,
    question: &'a Question<'a>,
    set: ObjectSet<'a>,
    ways: Ways,
    /// The number of a file by its objects.
    numbers: HashMap<usize, usize>,
    world: Arc<World>,
}

impl<'a> Room<'a> {
    fn of(
        files: &'a [ReadFile],
        rules: &'a Rules,
        beside: &'a Beside<'a>,
        question: &'a Question<'a>,
    ) -> Self {
        let set = ObjectSet::of(files.iter().filter_map(ReadFile::source));
        let set = set.lacking(beside.lacking);
        let world = beside.world.clone().unwrap_or_else(|| {
            let minor = question.kubernetes_minor.map(|minor| format!("1.{minor}"));
            Arc::new(World { kubernetes_version: minor, scanner: Scanner::default() })
        });
        let (numbers, ways) = (numbers(files), Ways::default());
        let mut room = Self { files, rules, beside, question, set, ways, numbers, world };
        if beside.on_path.is_none() {
            room.ways = attack::ways(&room.set, |id| room.is_meant(id), |id| room.file(id));
        }
        room
    }

    fn file(&self, id: ObjectId) -> Option<&'a ReadFile> {
        self.files.get(self.number(self.set.get(id)?.source)?)
    }

    fn is_meant(&self, id: ObjectId) -> bool {
        self.set.get(id).is_some_and(|entry| {
            self.number(entry.source).is_some_and(|file| self.is_touched(id, file))
        })
    }

    /// What is judged, in the order of files and lines.
    fn items(&self) -> Vec<Item> {
        let objects = self.set.entries().filter_map(|(id, entry)| {
            let file = self.number(entry.source)?;
            self.is_touched(id, file).then_some((file, Item::Object(id)))
        });
        let dockerfiles = self.files.iter().enumerate().filter_map(|(number, file)| {
            let last = u32::try_from(file.text.len()).unwrap_or(u32::MAX);
            let is_meant = file.source().is_none() && self.touches(number, 1, last);
            is_meant.then_some((number, Item::Dockerfile(number)))
        });
        let mut items: Vec<(usize, Item)> = objects.chain(dockerfiles).collect();
        // Stable: objects of one file stay in their order.
        items.sort_by_key(|(file, _)| *file);
        items.into_iter().map(|(_, item)| item).collect()
    }

    fn number(&self, source: &Source) -> Option<usize> {
        self.numbers.get(&address(source)).copied()
    }

    fn is_touched(&self, id: ObjectId, file: usize) -> bool {
        if self.question.changes.is_none() {
            return true;
        }
        let Some(object) = self.set.object(id) else { return true };
        let (lines, span) = (object.lines(), object.view().span());
        let last = span.end.saturating_sub(1).max(span.start);
        self.touches(file, lines.at(span.start).0, lines.at(last).0)
    }

    fn touches(&self, file: usize, first: u32, last: u32) -> bool {
        let Some(changes) = self.question.changes else { return true };
        self.files.get(file).is_some_and(|file| match &file.rendered {
            None => changes.touch(&file.path, first, last),
            Some(of) => {
                let same = self.files.iter().filter(|other| {
                    other.rendered.as_ref().is_some_and(|other| other.folder == of.folder)
                });
                changes.touch_rendered(of, &same.map(|other| &*other.path).collect())
            }
        })
    }

    /// Objects that the set does not hold are no secret.
    fn too_many(&self) -> Option<Problem> {
        let dropped = self.set.dropped();
        (dropped > 0).then(|| {
            let detail = format!("{dropped} objects are left out: there are too many");
            Problem::whole(ProblemKind::BudgetExceeded, detail)
        })
    }

    /// Nor is it one that ways in may be missing.
    fn unfollowed(&self) -> Option<Problem> {
        let steps = self.ways.left_out;
        (steps > 0).then(|| {
            let detail = format!("{steps} steps between objects are too many to look for ways in");
            Problem::whole(ProblemKind::BudgetExceeded, detail)
        })
    }

    /// A mistake of ours in one rule or one object must not end the others.
    fn contained(&self, item: Item) -> Option<Either<(Subject, Judged), Problem>> {
        let result = catch_unwind(AssertUnwindSafe(|| self.judge(item)));
        let file = match item {
            Item::Object(id) => self.file(id)?,
            Item::Dockerfile(number) => self.files.get(number)?,
        };
        let Ok(judged) = result else {
            let detail = "judging failed, please report this";
            return Some(Either::Right(Problem::at(ProblemKind::Bug, &*file.path, detail)));
        };
        judged.map(Either::Left)
    }

    fn judge(&self, item: Item) -> Option<(Subject, Judged)> {
        match item {
            Item::Object(id) => self.object(id),
            Item::Dockerfile(number) => self.dockerfile(number),
        }
    }

    fn object(&self, id: ObjectId) -> Option<(Subject, Judged)> {
        let entry = self.set.get(id)?;
        let number = self.number(entry.source)?;
        let object = &entry.object;
        #[cfg(test)]
        super::tests::stumble(object);
        let source = self.set.object(id)?;
        let lines = source.lines();
        let facts = ObjectFacts::of(&self.set, id, &source, &self.world);
        let place = source.place_of(object.view);
        let about = About {
            title: self.set.title(id),
            exposure: self.exposure(id),
            is_on_path: self.is_on_path(id, number),
            place: region(lines, place.start, place.end),
            file: self.files.get(number)?,
            files: self.files,
            lines,
            object: Some(object.view),
            target: Target::object(object.api_version, object.kind, object.namespace, object.name),
            pod: Pod::of(object),
        };
        let judged = object::judge(&about, &facts.facts(), self.rules, self.question);
        let subject = Subject {
            kind: object.kind.to_owned(),
            api_version: object.api_version.to_owned(),
            namespace: object.namespace.map(str::to_owned),
            name: object.name.map(str::to_owned),
            file: number,
            line: about.file.written(about.place).line(),
            exposure: about.exposure,
            is_on_path: about.is_on_path,
        };
        Some((subject, judged))
    }

    fn is_on_path(&self, id: ObjectId, file: usize) -> bool {
        match self.beside.on_path {
            Some(files) => self.files.get(file).is_some_and(|file| files.contains(&*file.path)),
            None => self.ways.objects.contains(&id),
        }
    }

    fn exposure(&self, id: ObjectId) -> Exposure {
        if self.set.workload(id).is_none() {
            return Exposure::Unknown;
        }
        // Of a whole cluster it is known that nothing else leads to it.
        let network = self.set.network();
        let known = network.exposure(&self.set, id);
        match known
            .or_else(|| network.exposure_of_all(&self.set, id).filter(|_| self.beside.is_whole))
        {
            None => Exposure::Unknown,
            Some(posture::Exposure::None) => Exposure::None,
            Some(posture::Exposure::Cluster) => Exposure::Cluster,
            Some(posture::Exposure::Node) => Exposure::Node,
            Some(posture::Exposure::Internet) => Exposure::Internet,
        }
    }

    fn dockerfile(&self, number: usize) -> Option<(Subject, Judged)> {
        let file = self.files.get(number)?;
        let Contents::Dockerfile(dockerfile) = &file.contents else { return None };
        let lines = &Lines::of(&file.text);
        let about = About {
            title: DOCKERFILE.to_owned(),
            exposure: Exposure::Unknown,
            is_on_path: false,
            place: region(lines, 0, 0),
            file,
            files: self.files,
            lines,
            object: None,
            target: Target::default(),
            pod: None,
        };
        let mut facts = Facts::default();
        facts.insert("dockerfile", DockerfileFacts::of(dockerfile, &self.world.scanner));
        let judged = object::judge(&about, &facts, self.rules, self.question);
        let subject = Subject {
            kind: DOCKERFILE.to_owned(),
            api_version: String::new(),
            namespace: None,
            name: None,
            file: number,
            line: Some(1),
            exposure: Exposure::Unknown,
            is_on_path: false,
        };
        Some((subject, judged))
    }
}

/// The number of each file by the address of what was read of it.
fn numbers(files: &[ReadFile]) -> HashMap<usize, usize> {
    let sources = files.iter().zip(0..);
    sources.filter_map(|(file, number)| Some((address(file.source()?), number))).collect()
}

/// Sources stand still while they are judged, so that their addresses name them.
fn address(source: &Source) -> usize {
    std::ptr::from_ref(source).addr()
}

/// What a Dockerfile is called where an object has its kind.
const DOCKERFILE: &str = "Dockerfile";
