//! CloudFormation: the operations that deploy the pipeline's stacks, by the query protocol.

mod deploy;
mod failure;
mod resources;
mod shapes;
mod stacks;
mod template;

pub(crate) use failure::{Context, Failure};
pub(crate) use stacks::Stacks;

use failure::invalid;
use serde_json::{Value, json};
use stacks::{ChangeSet, Request, Stack};
use std::collections::{BTreeMap, BTreeSet};
use template::{MAX_BODY_BYTES, MAX_URL_BYTES, Template, with_previous};

/// Reads a text as a template, as far as that goes without an account.
pub(crate) fn parse(text: &str) {
    if let Ok(template) = Template::read(text) {
        // Dependencies may go round in a circle, and parameters may be missing: both are refused.
        let _ = (template.in_order(), template.parameters(&BTreeMap::new()));
    }
}

/// The parameters of a request, by name.
pub(crate) type Form = BTreeMap<String, String>;

/// An operation's answer, as the members of its result.
pub(crate) fn call(at: &Context<'_>, operation: &str, form: &Form) -> Result<Value, Failure> {
    match operation {
        "CreateStack" => create_stack(at, form),
        "UpdateStack" => update_stack(at, form),
        "DeleteStack" => delete_stack(at, form),
        "DescribeStacks" => describe_stacks(at, form),
        "DescribeStackEvents" => with_stack(at, form, |stack| Ok(shapes::events(stack))),
        "ListStackResources" => with_stack(at, form, |stack| Ok(shapes::resources(stack))),
        "GetTemplate" => with_stack(at, form, |stack| {
            Ok(json!({ "TemplateBody": stack.template, "StagesAvailable": ["Original", "Processed"] }))
        }),
        "ValidateTemplate" => validate(at, form),
        // The CLI asks for it before it changes a stack.
        "GetTemplateSummary" => summary(at, form),
        "CreateChangeSet" => create_change_set(at, form),
        "DescribeChangeSet" => describe_change_set(at, form),
        "ExecuteChangeSet" => execute_change_set(at, form),
        _ => Err(Failure::new("InvalidAction", format!("Could not find operation {operation}"))),
    }
}

fn required<'f>(form: &'f Form, name: &str) -> Result<&'f str, Failure> {
    let given = form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    given.ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
            lower_first(name)
        ))
    })
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

/// The members of a list: `Parameters.member.1.ParameterKey`, say.
fn members(form: &Form, list: &str) -> Vec<BTreeMap<String, String>> {
    let mut found: BTreeMap<u32, BTreeMap<String, String>> = BTreeMap::new();
    let prefix = format!("{list}.member.");
    for (name, value) in form {
        let Some(rest) = name.strip_prefix(&prefix) else { continue };
        let (number, member) = rest.split_once('.').unwrap_or((rest, ""));
        if let Ok(number) = number.parse() {
            found.entry(number).or_default().insert(member.to_owned(), value.clone());
        }
    }
    found.into_values().collect()
}

/// What a request asks for, and the parameters that keep their values.
fn request(at: &Context<'_>, form: &Form) -> Result<(Request, Vec<String>), Failure> {
    let (mut parameters, mut previous) = (BTreeMap::new(), Vec::new());
    for parameter in members(form, "Parameters") {
        let key = parameter.get("ParameterKey").cloned().unwrap_or_default();
        if parameter.get("UsePreviousValue").is_some_and(|value| value == "true") {
            previous.push(key);
        } else {
            parameters.insert(key, parameter.get("ParameterValue").cloned().unwrap_or_default());
        }
    }
    let tag = |tag: BTreeMap<String, String>| Some((tag.get("Key")?.clone(), tag.get("Value")?.clone()));
    let capabilities = members(form, "Capabilities").into_iter().filter_map(|one| one.get("").cloned());
    let request = Request {
        template: template_text(at, form)?,
        parameters,
        tags: members(form, "Tags").into_iter().filter_map(tag).collect(),
        capabilities: capabilities.collect(),
    };
    let read = Template::read(&request.template)?;
    if let Some(needed) = read.capability()
        && !request.capabilities.iter().any(|given| given == needed || given == "CAPABILITY_NAMED_IAM")
    {
        return Err(Failure::new("InsufficientCapabilitiesException", format!("Requires capabilities : [{needed}]")));
    }
    Ok((request, previous))
}

/// The template: in the request, or in a bucket of the sandbox.
fn template_text(at: &Context<'_>, form: &Form) -> Result<String, Failure> {
    match (form.get("TemplateBody"), form.get("TemplateURL")) {
        (Some(body), None) if body.len() > MAX_BODY_BYTES => Err(invalid(format!(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to {MAX_BODY_BYTES}"
        ))),
        (Some(body), None) => Ok(body.clone()),
        (None, Some(url)) => from_bucket(at, url),
        _ => Err(invalid("Either Template URL or Template Body must be specified.")),
    }
}

/// `https://s3.REGION.amazonaws.com/BUCKET/KEY`, `https://BUCKET.s3.REGION.amazonaws.com/KEY`, or the sandbox's own address.
fn from_bucket(at: &Context<'_>, url: &str) -> Result<String, Failure> {
    let wrong = || invalid(format!("TemplateURL must be a supported URL of a bucket: {url}"));
    let (host, path) = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).ok_or_else(wrong)?;
    let path = path.split('?').next().unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().map_err(|_| wrong())?;
    let location = match host.split_once(".s3") {
        Some((bucket, _)) if host.contains(".s3.") || host.contains(".s3-") => format!("s3://{bucket}/{decoded}"),
        _ => format!("s3://{decoded}"),
    };
    let (bucket, key) =
        at.backend.lake.locate(&location).map_err(|_| invalid("S3 error: The specified bucket does not exist"))?;
    let text = std::fs::read_to_string(at.backend.lake.path(&bucket, &key))
        .map_err(|_| invalid("S3 error: The specified key does not exist."))?;
    if text.len() > MAX_URL_BYTES {
        return Err(invalid("Template may not exceed 1000000 bytes in size."));
    }
    Ok(text)
}

fn new_stack(at: &Context<'_>, name: &str) -> Stack {
    let environment = &at.backend.environment;
    let (now, account, region) = (at.backend.hub.now(), &environment.account, &environment.region);
    let id = at.backend.lake.world.uuid(&format!("{name} {now}"));
    Stack::new(name, format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{id}"), now)
}

/// What all stacks but one export.
fn exports(stacks: &BTreeMap<String, Stack>, but: &str) -> BTreeMap<String, String> {
    let others = stacks.values().filter(|stack| stack.name != but && stack.exists());
    others.flat_map(|stack| &stack.outputs).filter_map(|o| Some((o.export.clone()?, o.value.clone()))).collect()
}

fn unknown(name: &str) -> Failure {
    invalid(format!("Stack with id {name} does not exist"))
}

/// The key of a stack that is named by its name or its id.
fn find(stacks: &BTreeMap<String, Stack>, named: &str) -> Option<String> {
    let by_id = || stacks.values().find(|stack| stack.id == named).map(|stack| stack.name.clone());
    stacks.get(named).filter(|stack| stack.exists()).map(|stack| stack.name.clone()).or_else(by_id)
}

fn with_stack(
    at: &Context<'_>,
    form: &Form,
    answer: impl FnOnce(&Stack) -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    let named = required(form, "StackName")?;
    let stacks = at.backend.stacks.lock();
    let stack = find(&stacks, named).and_then(|key| stacks.get(&key)).ok_or_else(|| unknown(named))?;
    answer(stack)
}

fn create_stack(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    let name = required(form, "StackName")?;
    let (request, _) = request(at, form)?;
    let mut stacks = at.backend.stacks.lock();
    if stacks.get(name).is_some_and(|stack| stack.exists() && stack.status != "REVIEW_IN_PROGRESS") {
        return Err(Failure::new("AlreadyExistsException", format!("Stack [{name}] already exists")));
    }
    let exports = exports(&stacks, name);
    let mut stack = new_stack(at, name);
    deploy::apply(at, &mut stack, &request, &exports)?;
    let id = stack.id.clone();
    stacks.insert(name.to_owned(), stack);
    Ok(json!({ "StackId": id }))
}

fn update_stack(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    let name = required(form, "StackName")?;
    let (request, previous) = request(at, form)?;
    let mut stacks = at.backend.stacks.lock();
    let exports = exports(&stacks, name);
    let key = find(&stacks, name).ok_or_else(|| unknown(name))?;
    let stack = stacks.get_mut(&key).ok_or_else(|| unknown(name))?;
    updatable(stack)?;
    let request = with_previous(request, &previous, &stack.parameters);
    if deploy::changes(at, stack, &request, &exports)?.is_empty() {
        return Err(invalid("No updates are to be performed."));
    }
    deploy::apply(at, stack, &request, &exports)?;
    Ok(json!({ "StackId": stack.id }))
}

fn updatable(stack: &Stack) -> Result<(), Failure> {
    match stack.status {
        "ROLLBACK_COMPLETE" | "DELETE_FAILED" | "DELETE_COMPLETE" => {
            let message = format!("Stack:{} is in {} state and can not be updated.", stack.id, stack.status);
            Err(invalid(message))
        }
        _ => Ok(()),
    }
}

fn delete_stack(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    let name = required(form, "StackName")?;
    let mut stacks = at.backend.stacks.lock();
    let Some(key) = find(&stacks, name) else { return Ok(json!({})) };
    let own: Vec<String> = stacks[&key].outputs.iter().filter_map(|output| output.export.clone()).collect();
    for (other, stack) in stacks.iter().filter(|(other, stack)| **other != key && stack.exists()) {
        if let Some(used) = own.iter().find(|export| shapes::imports(stack, export)) {
            return Err(invalid(format!("Export {used} cannot be deleted as it is in use by {other}")));
        }
    }
    if let Some(stack) = stacks.get_mut(&key) {
        deploy::delete(at, stack);
    }
    Ok(json!({}))
}

fn describe_stacks(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    if form.contains_key("StackName") {
        return with_stack(at, form, |stack| Ok(json!({ "Stacks": [shapes::stack(stack)] })));
    }
    let stacks = at.backend.stacks.lock();
    let all: Vec<Value> = stacks.values().filter(|stack| stack.exists()).map(shapes::stack).collect();
    Ok(json!({ "Stacks": all }))
}

fn summary(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    let text = match form.get("StackName") {
        Some(_) => with_stack(at, form, |stack| Ok(Value::from(stack.template.clone())))?,
        None => Value::from(template_text(at, form)?),
    };
    let template = Template::read(text.as_str().unwrap_or_default())?;
    let parameters = template.parameters.iter().map(|(name, declared)| {
        json!({
            "ParameterKey": name, "DefaultValue": declared["Default"], "ParameterType": declared["Type"],
            "Description": declared["Description"], "NoEcho": false,
        })
    });
    let types = template.resources.values().filter_map(|resource| resource["Type"].as_str()).collect::<BTreeSet<_>>();
    let capabilities: Vec<&str> = template.capability().into_iter().collect();
    Ok(json!({
        "Description": template.about, "Parameters": parameters.collect::<Vec<_>>(), "Capabilities": capabilities,
        "ResourceTypes": types, "Version": "2010-09-09",
    }))
}

fn validate(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    let template = Template::read(&template_text(at, form)?)?;
    template.in_order()?;
    let parameters = template.parameters.iter().map(|(name, declared)| {
        json!({
            "ParameterKey": name, "DefaultValue": declared["Default"], "NoEcho": false,
            "Description": declared["Description"],
        })
    });
    let capabilities: Vec<&str> = template.capability().into_iter().collect();
    let reason =
        (!capabilities.is_empty()).then_some("The following resource(s) require capabilities: [AWS::IAM::Role]");
    Ok(json!({
        "Description": template.about, "Parameters": parameters.collect::<Vec<_>>(), "Capabilities": capabilities,
        "CapabilitiesReason": reason,
    }))
}

fn create_change_set(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    let (stack_name, name) = (required(form, "StackName")?, required(form, "ChangeSetName")?);
    let (request, previous) = request(at, form)?;
    let creates = form.get("ChangeSetType").is_some_and(|kind| kind == "CREATE");
    let mut stacks = at.backend.stacks.lock();
    let exports = exports(&stacks, stack_name);
    let key = match find(&stacks, stack_name) {
        Some(key) => key,
        None if creates => {
            stacks.insert(stack_name.to_owned(), new_stack(at, stack_name));
            stack_name.to_owned()
        }
        None => return Err(unknown(stack_name)),
    };
    let stack = stacks.get_mut(&key).ok_or_else(|| unknown(stack_name))?;
    updatable(stack)?;
    if creates && stack.status != "REVIEW_IN_PROGRESS" {
        let message =
            format!("Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}].");
        return Err(invalid(message));
    }
    if stack.change_sets.contains_key(name) {
        return Err(Failure::new("AlreadyExistsException", format!("ChangeSet {name} already exists")));
    }
    let request = with_previous(request, &previous, &stack.parameters);
    let changes = deploy::changes(at, stack, &request, &exports)?;
    let environment = &at.backend.environment;
    let unique = at.backend.lake.world.uuid(&format!("{name} {stack_name}"));
    let id = format!("arn:aws:cloudformation:{}:{}:changeSet/{name}/{unique}", environment.region, environment.account);
    const EMPTY: &str =
        "The submitted information didn't contain changes. Submit different information to create a change set.";
    let (status, execution, reason) = match changes.is_empty() {
        true => ("FAILED", "UNAVAILABLE", Some(EMPTY.to_owned())),
        false => ("CREATE_COMPLETE", "AVAILABLE", None),
    };
    let created = at.backend.hub.now();
    let change_set = ChangeSet { id: id.clone(), status, execution, reason, request, changes, created };
    stack.change_sets.insert(name.to_owned(), change_set);
    Ok(json!({ "Id": id, "StackId": stack.id }))
}

/// The keys of a change set that is named by its name, with the stack's, or by its id.
fn find_change_set(stacks: &BTreeMap<String, Stack>, form: &Form) -> Result<(String, String), Failure> {
    let named = required(form, "ChangeSetName")?;
    let missing = || Failure::new("ChangeSetNotFound", format!("ChangeSet [{named}] does not exist"));
    let in_stack = |stack: &Stack| {
        let found = stack.change_sets.iter().find(|(name, set)| *name == named || set.id == named);
        found.map(|(name, _)| (stack.name.clone(), name.clone()))
    };
    match form.get("StackName") {
        Some(stack) => find(stacks, stack).and_then(|key| in_stack(&stacks[&key])).ok_or_else(missing),
        None => stacks.values().find_map(in_stack).ok_or_else(missing),
    }
}

fn describe_change_set(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    let stacks = at.backend.stacks.lock();
    let (stack, name) = find_change_set(&stacks, form)?;
    Ok(shapes::change_set(&stacks[&stack], &name))
}

fn execute_change_set(at: &Context<'_>, form: &Form) -> Result<Value, Failure> {
    let mut stacks = at.backend.stacks.lock();
    let (key, name) = find_change_set(&stacks, form)?;
    let exports = exports(&stacks, &key);
    let stack = stacks.get_mut(&key).ok_or_else(|| unknown(&key))?;
    let change_set = stack.change_sets.get(&name).cloned().ok_or_else(|| unknown(&key))?;
    if change_set.execution != "AVAILABLE" {
        let message = format!(
            "ChangeSet [{}] cannot be executed in its current status of [{}]",
            change_set.id, change_set.status
        );
        return Err(Failure::new("InvalidChangeSetStatus", message));
    }
    deploy::apply(at, stack, &change_set.request, &exports)?;
    stack.change_sets.clear();
    Ok(json!({}))
}
