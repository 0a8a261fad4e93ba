//! Images, their reports and vulnerabilities.

use crate::{
    error::Result,
    list::Which,
    page::{ImageSort, Listed, Page, VulnerabilitySort},
    rows::{Fields, Image, Report, Vulnerability},
    store::Store,
    value::Cell as _,
    words::ImageState,
    write::{upsert, values},
};
use cofferdam_model::Severity;

/// Workloads of one image that are named.
const MOST_WORKLOADS: i64 = 500;

/// The image is one that runs: a container has it now.
pub(crate) const RUNS: &str = "EXISTS (SELECT 1 FROM container \
                               WHERE container.image = image.id AND container.gone_at IS NULL)";

/// Which images of those that run. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct ImageFilter {
    /// In this state.
    pub state: Option<ImageState>,
    /// With a vulnerability of this severity.
    pub severity: Option<Severity>,
    /// Of this name.
    pub name: Option<String>,
    /// Of this digest.
    pub digest: Option<String>,
    /// With this vulnerability, by the id that it is told under.
    pub vulnerability: Option<String>,
    /// Used in one of these namespaces now; an empty list matches nothing.
    pub namespaces: Option<Vec<String>>,
    /// With this text in name, tag or digest.
    pub text: Option<String>,
}

/// Which vulnerabilities. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct VulnerabilityFilter {
    /// Of this image.
    pub image: Option<String>,
    /// Of this name.
    pub id: Option<String>,
    /// So bad.
    pub severity: Option<Severity>,
    /// Exploited or not.
    pub exploited: Option<bool>,
    /// Fixable or not.
    pub fixable: Option<bool>,
    /// With this text in identifier, package or title.
    pub text: Option<String>,
}

impl Which {
    /// The image that this column names has a vulnerability.
    pub(crate) fn has_vulnerability(&mut self, image: &str, id: Option<&String>) {
        let Some(id) = id else { return };
        let place = self.bind(id.store());
        self.and(&format!("{image} IN (SELECT image FROM vulnerability WHERE id = ?{place})"));
    }
}

impl Store {
    /// Writes images.
    pub async fn put_images(&self, images: &[Image]) -> Result<()> {
        self.put(upsert::<Image>(&[]), images).await.map(drop)
    }

    /// One image.
    pub async fn image(&self, id: &str) -> Result<Option<Image>> {
        self.one("id", id).await
    }

    /// A page of the images that run.
    pub async fn images(
        &self,
        filter: &ImageFilter,
        page: &Page<ImageSort>,
    ) -> Result<Listed<Image>> {
        let mut which = Which::default();
        if filter.namespaces.is_none() {
            which.and(RUNS);
        }
        which.is("state", filter.state.as_ref());
        which.is("name", filter.name.as_ref());
        which.is("digest", filter.digest.as_ref());
        which.has_vulnerability("id", filter.vulnerability.as_ref());
        match filter.severity {
            Some(Severity::Critical) => which.and("critical > 0"),
            Some(Severity::High) => which.and("high > 0"),
            Some(Severity::Medium) => which.and("medium > 0"),
            Some(Severity::Low) => which.and("low > 0"),
            Some(Severity::None) => which.and("critical + high + medium + low = 0"),
            None => {}
        }
        if let Some(namespaces) = &filter.namespaces {
            let places: Vec<String> = namespaces
                .iter()
                .map(|namespace| format!("?{}", which.bind(namespace.store())))
                .collect();
            let places = if places.is_empty() { "NULL".to_owned() } else { places.join(", ") };
            which.and(&format!(
                "id IN (SELECT container.image FROM container \
                 JOIN workload ON workload.id = container.workload \
                 WHERE container.gone_at IS NULL AND workload.namespace IN ({places}))"
            ));
        }
        which.like(&["name", "tag", "digest"], filter.text.as_deref());
        self.list(which, page).await
    }

    /// The workloads of these namespaces that use an image now: id and `Deployment shop/web`. At
    /// most 500.
    pub async fn image_workloads(
        &self,
        image: &str,
        namespaces: Option<&[String]>,
    ) -> Result<Vec<(String, String)>> {
        let mut which = Which::default();
        which.is("image", Some(&image.to_owned()));
        which.and("container.gone_at IS NULL AND workload.gone_at IS NULL");
        which.any("namespace", namespaces);
        let most = which.bind(MOST_WORKLOADS.store());
        let sql = format!(
            "SELECT DISTINCT workload.id, workload.kind || ' ' || workload.namespace || '/' || workload.name AS title \
             FROM container JOIN workload ON workload.id = container.workload{} \
             ORDER BY title LIMIT ?{most}",
            which.clause()
        );
        let rows = self.engine.query(sql, which.values()).await?;
        let read = |row| {
            let mut fields = Fields::new(row);
            Ok((fields.next()?, fields.next()?))
        };
        rows.into_iter().map(read).collect()
    }

    /// How many workloads of these namespaces use each of these images now.
    pub async fn workloads_of_images(
        &self,
        images: &[String],
        namespaces: Option<&[String]>,
    ) -> Result<Vec<(String, u32)>> {
        let mut which = Which::default();
        which.any("image", Some(images));
        which.and("container.gone_at IS NULL");
        which.any("namespace", namespaces);
        // Where all namespaces count, the workloads themselves need not be looked at.
        let join = namespaces.map_or("", |_| " JOIN workload ON workload.id = container.workload");
        let sql = format!(
            "SELECT container.image, count(DISTINCT container.workload) FROM container{join}{} \
             GROUP BY container.image",
            which.clause()
        );
        let rows = self.engine.query(sql, which.values()).await?;
        let read = |row| {
            let mut fields = Fields::new(row);
            Ok((fields.next()?, fields.next()?))
        };
        rows.into_iter().map(read).collect()
    }

    /// Keeps what a scan saw.
    pub async fn put_report(&self, image: &str, bytes: Vec<u8>) -> Result<()> {
        let report = Report { image: image.to_owned(), bytes };
        self.put(upsert::<Report>(&[]), &[report]).await.map(drop)
    }

    /// What a scan saw.
    pub async fn report(&self, image: &str) -> Result<Option<Vec<u8>>> {
        let report: Option<Report> = self.one("image", image).await?;
        Ok(report.map(|report| report.bytes))
    }

    /// Says which vulnerabilities an image has; what it had before is forgotten.
    pub async fn put_vulnerabilities(&self, image: &str, found: &[Vulnerability]) -> Result<()> {
        let mut transaction = self.engine.begin().await?;
        let image = image.to_owned().store();
        let forget = "DELETE FROM vulnerability WHERE image = ?1";
        transaction.execute(forget.to_owned(), vec![image]).await?;
        transaction.execute_many(upsert::<Vulnerability>(&[]), values(found)).await?;
        transaction.commit().await
    }

    /// A page of vulnerabilities.
    pub async fn vulnerabilities(
        &self,
        filter: &VulnerabilityFilter,
        page: &Page<VulnerabilitySort>,
    ) -> Result<Listed<Vulnerability>> {
        let mut which = Which::default();
        which.is("image", filter.image.as_ref());
        which.is("id", filter.id.as_ref());
        which.is("severity", filter.severity.as_ref());
        which.is("exploited", filter.exploited.as_ref());
        which.is("fixable", filter.fixable.as_ref());
        which.like(&["id", "package", "title"], filter.text.as_deref());
        self.list(which, page).await
    }

    /// The ids of images that were scanned and not judged since, so many at most: of one whose row
    /// cannot be read, too.
    pub async fn images_unjudged(&self, most: u32) -> Result<Vec<String>> {
        let sql = format!(
            "SELECT id FROM image WHERE state = ?1 AND judged_at IS NULL ORDER BY id LIMIT {most}"
        );
        let rows = self.engine.query(sql, vec![ImageState::Scanned.store()]).await?;
        rows.into_iter().map(|row| Fields::new(row).next()).collect()
    }
}
